import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, median, prepare } from './measure.mjs';
import { PROGRAMS } from './programs.mjs';

/** @typedef {import('./report.mjs').Row} Row */
/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {import('./cases.mjs').Place} Place */
/** @typedef {import('./programs.mjs').ProgramName} ProgramName */

const LIMIT = join(import.meta.dirname, 'limit/main.mjs');
const RESIDENT = join(import.meta.dirname, 'resident.mjs');

/** @param {string} dir @returns {Promise<string>} an empty folder in it, which goes when the process ends */
export async function makeScratch(dir) {
  const scratch = await mkdtemp(join(dir, 'run-'));
  process.on('exit', () => spawnSync('rm', ['-rf', scratch]));
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1));
  return scratch;
}

/**
 * Gives the blocks of what was made back, but for the hard links to fixtures. The files themselves stay until the process
 * ends: ext4 passes over the inodes of deleted files for some minutes, and looks at each of them whenever it makes one.
 *
 * @param {string} scratch
 */
async function giveBack(scratch) {
  prepare(['find', scratch, '-type', 'f', '-links', '1', '-size', '+0c', '-exec', 'truncate', '-s', '0', '{}', '+']);
  prepare(['sync']);
  await sleep(2000);
}

/**
 * Runs both programs by turns.
 *
 * @param {Case} test
 * @param {{ scratch: string, runs: number, place: Omit<Place, 'dir'>, names?: readonly ProgramName[] }} options
 * @returns {Promise<Row>}
 */
export async function compare(test, { scratch, runs: usual, place: shared, names = ['ost', 'ostree'] }) {
  const runs = usual * (test.times ?? 1);
  /** @type {Record<ProgramName, { seconds: number[], megabytes: number[], bytes: number | undefined, result: string }>} */
  const samples = {
    ost: { seconds: [], megabytes: [], bytes: undefined, result: '' },
    ostree: { seconds: [], megabytes: [], bytes: undefined, result: '' },
  };
  /** @type {number[]} */
  const bare = [];
  /** @type {number[]} */
  const limits = [];
  const empty = join(scratch, 'empty.js');
  await writeFile(empty, '');
  for (let run = 0; run < runs; run++) {
    for (const name of names) {
      const dir = join(scratch, `${test.name}-${name}-${run}`);
      await mkdir(dir);
      const place = { ...shared, dir };
      const args = await test.setUp(place);
      // What the run before has yet to write would be paid for by this one.
      prepare(['sync']);
      const resident = test.resident === true && name === 'ost';
      const program = resident ? [process.execPath, RESIDENT] : PROGRAMS[name];
      const sample = await measure([...program, ...args], { cwd: dir, memory: test.times === undefined });
      const own = samples[name];
      own.seconds.push(resident ? Number(readFileSync(join(dir, 'seconds'), 'utf8')) : sample.seconds);
      if (sample.megabytes !== undefined) own.megabytes.push(sample.megabytes);
      if (run === 0) {
        own.result = test.result?.(place) ?? '';
        own.bytes = test.bytes?.(place);
      }
    }
    if (test.limit !== undefined) {
      const dir = join(scratch, `${test.name}-limit-${run}`);
      await mkdir(dir);
      prepare(['sync']);
      const command = [process.execPath, LIMIT, ...test.limit({ ...shared, dir })];
      limits.push((await measure(command, { cwd: dir, memory: false })).seconds);
    }
    if (test.times !== undefined)
      bare.push((await measure([process.execPath, empty], { cwd: scratch, memory: false })).seconds);
  }
  if (names.length > 1 && samples.ost.result !== samples.ostree.result) {
    throw new Error(
      `${test.name}: results differ\n  ost:    ${samples.ost.result}\n  ostree: ${samples.ostree.result}`,
    );
  }
  await giveBack(scratch);
  const summary = (/** @type {ProgramName} */ name) => ({
    seconds: median(samples[name].seconds),
    megabytes: samples[name].megabytes.length > 0 ? Math.max(...samples[name].megabytes) : undefined,
    bytes: samples[name].bytes,
  });
  return {
    label: test.label,
    target: test.target,
    programs: { ost: summary('ost'), ostree: summary('ostree') },
    bare: bare.length > 0 ? median(bare) : undefined,
    limit: limits.length > 0 ? median(limits) : undefined,
    runs,
  };
}
