import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { ENV } from './programs.mjs';

/**
 * @typedef {object} Sample
 * @property {number} seconds
 * @property {number | undefined} megabytes the most memory that was resident at once
 */

const TIME = '/usr/bin/time';

/**
 * Runs one command and measures it.
 *
 * @param {readonly string[]} command
 * @param {{ cwd: string, memory?: boolean, env?: Record<string, string | undefined> }} options
 * @returns {Promise<Sample>}
 */
export async function measure(command, { cwd, memory = true, env = {} }) {
  const report = `${cwd}/.time`;
  const log = `${cwd}/.log`;
  const prefix = memory && existsSync(TIME) ? [TIME, '-f', '%M', '-o', report] : [];
  const [program = '', ...args] = [...prefix, ...command];
  const output = openSync(log, 'w');
  const started = process.hrtime.bigint();
  const code = await new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...ENV, ...env }, stdio: ['ignore', output, output] });
    child.on('error', reject);
    child.on('exit', resolve);
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  closeSync(output);
  if (code !== 0) {
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
    throw new Error(`${command.join(' ')}: exit ${code}\n${tail}`);
  }
  const megabytes = prefix.length > 0 ? Number(readFileSync(report, 'utf8').trim()) / 1024 : undefined;
  rmSync(report, { force: true });
  return { seconds, megabytes };
}

/**
 * Runs a command that is not measured.
 *
 * @param {readonly string[]} command
 * @param {string} [cwd]
 * @returns {string} its standard output
 */
export function prepare(command, cwd) {
  const [program = '', ...args] = command;
  const result = spawnSync(program, args, { cwd, env: ENV, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`${command.join(' ')}: exit ${result.status}\n${result.stderr}`);
  return result.stdout;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
