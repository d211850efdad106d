import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CASES } from './cases.mjs';
import { makeFixtures } from './fixtures.mjs';
import { measure, median, prepare } from './measure.mjs';
import { serve } from './nginx.mjs';
import { readOptions, root, USAGE } from './options.mjs';
import { PROGRAMS } from './programs.mjs';
import { page, table } from './report.mjs';

/** @typedef {import('./report.mjs').Row} Row */
/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {import('./programs.mjs').ProgramName} ProgramName */

const options = readOptions(process.argv.slice(2));
if (options.help || options.list) {
  console.log(options.help ? USAGE : CASES.map(({ name, label }) => `${name.padEnd(18)}${label}`).join('\n'));
  process.exit(0);
}
for (const program of ['ostree', 'nginx']) {
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined) continue;
  console.error(`bench needs ${program} to compare with; on Debian: apt-get install ostree nginx-light time`);
  process.exit(1);
}

const say = (/** @type {string} */ message) => console.log(message);
await mkdir(options.dir, { recursive: true });
const fixtures = await makeFixtures(options.dir, { tree: options.tree, say });
const scratch = await mkdtemp(join(options.dir, 'run-'));
const server = await serve(fixtures.archive, join(scratch, 'nginx'));
const clean = () => {
  server.stop();
  spawnSync('rm', ['-rf', scratch]);
};
process.on('exit', clean);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1));

/** @param {Case} test */
const wanted = (test) => {
  if (options.only.length > 0) return options.only.some((name) => test.name.startsWith(name));
  return (
    (options.slow || !test.slow) &&
    (!test.deploys || (process.getuid?.() === 0 && existsSync(join(fixtures.v1, 'usr/lib/modules'))))
  );
};

/** @param {Case} test @returns {Promise<Row>} */
async function compare(test) {
  const runs = options.runs * (test.times ?? 1);
  /** @type {Record<ProgramName, { seconds: number[], megabytes: number[], bytes: number | undefined, result: string }>} */
  const samples = {
    ost: { seconds: [], megabytes: [], bytes: undefined, result: '' },
    ostree: { seconds: [], megabytes: [], bytes: undefined, result: '' },
  };
  /** @type {number[]} */
  const bare = [];
  const empty = join(scratch, 'empty.js');
  await writeFile(empty, '');
  for (let run = 0; run < runs; run++) {
    for (const name of /** @type {const} */ (['ost', 'ostree'])) {
      const dir = join(scratch, `${test.name}-${name}-${run}`);
      await mkdir(dir);
      const place = { dir, fixtures, url: server.url, fsync: options.fsync };
      const args = await test.setUp(place);
      const sample = await measure([...PROGRAMS[name], ...args], { cwd: dir, memory: test.times === undefined });
      const own = samples[name];
      own.seconds.push(sample.seconds);
      if (sample.megabytes !== undefined) own.megabytes.push(sample.megabytes);
      if (run === 0) {
        own.result = test.result?.(place) ?? '';
        own.bytes = test.bytes?.(place);
      }
    }
    if (test.times !== undefined)
      bare.push((await measure([process.execPath, empty], { cwd: scratch, memory: false })).seconds);
  }
  if (samples.ost.result !== samples.ostree.result) {
    throw new Error(
      `${test.name}: results differ\n  ost:    ${samples.ost.result}\n  ostree: ${samples.ostree.result}`,
    );
  }
  // Deleting many files slows the creation of others for a while, so it waits until the case is over.
  for (let run = 0; run < runs; run++) {
    for (const name of Object.keys(PROGRAMS)) prepare(['rm', '-rf', join(scratch, `${test.name}-${name}-${run}`)]);
  }
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
    runs,
  };
}

/** @type {Row[]} */
const rows = [];
let failures = 0;
for (const test of CASES.filter(wanted)) {
  try {
    const row = await compare(test);
    rows.push(row);
    const { ost, ostree } = row.programs;
    say(
      `${test.name}: ostree ${ostree.seconds.toFixed(3)} s, ost ${ost.seconds.toFixed(3)} s, ratio ${(ostree.seconds / ost.seconds).toFixed(2)}`,
    );
  } catch (error) {
    failures++;
    say(`${test.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

say(`\n${table(rows)}`);
const partial = options.only.length > 0 || options.tree !== undefined;
if (rows.length > 0 && (!partial || options.write)) {
  const store = join(options.dir, 'results.json');
  /** @type {Row[]} */
  const before = options.only.length > 0 && existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : [];
  const known = new Map([...before, ...rows].map((row) => [row.label, row]));
  const merged = CASES.flatMap(({ label }) => known.get(label) ?? []);
  await writeFile(store, JSON.stringify(merged, null, 2));
  const tree =
    options.tree === undefined
      ? 'Debian root file systems: v1 with kernel, Python, gcc, vim and nginx; v2 after a security upgrade, with git and gdb'
      : 'a folder given with `--tree`';
  await mkdir(join(root, 'docs'), { recursive: true });
  await writeFile(join(root, 'docs/benchmarks.md'), page(merged, { tree, fsync: options.fsync }));
  say('\nwritten to docs/benchmarks.md');
}
server.stop();
await rm(scratch, { recursive: true, force: true });
process.exitCode = failures === 0 ? 0 : 1;
