import { spawn, spawnSync } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';

/** @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, log?: string }} RunOptions */

/**
 * Runs a command without a terminal; output goes to a log file and its end into the error.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<void>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const log = options.log === undefined ? undefined : openSync(options.log, 'a');
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', log ?? 'pipe', log ?? 'pipe'],
    });
    /** @type {string[]} */
    const tail = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        tail.push(String(chunk));
        if (tail.length > 50) tail.shift();
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (log !== undefined) closeSync(log);
      if (code === 0) resolve();
      else {
        const where = options.log === undefined ? `\n${tail.join('')}` : ` (see ${options.log})`;
        reject(new Error(`${command} ${args.join(' ')}: ${signal ?? `exit ${code}`}${where}`));
      }
    });
  });
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {string | undefined} standard output, or undefined when the command is absent or fails
 */
export function capture(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return result.status === 0 ? result.stdout : undefined;
}

/** @param {string} command */
export const hasCommand = (command) => capture('sh', ['-c', `command -v ${command}`]) !== undefined;
