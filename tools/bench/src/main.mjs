import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CASES } from './cases.mjs';
import { compare, makeScratch } from './compare.mjs';
import { makeFixtures } from './fixtures.mjs';
import { measureGrowth } from './growth.mjs';
import { serve } from './nginx.mjs';
import { readOptions, root, USAGE } from './options.mjs';
import { page, table } from './report.mjs';

/** @typedef {import('./report.mjs').Row} Row */
/** @typedef {import('./cases.mjs').Case} Case */

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
const scratch = await makeScratch(options.dir);
if (options.growth) {
  await measureGrowth({ ...options, scratch, say });
  process.exit();
}
const fixtures = await makeFixtures(options.dir, { tree: options.tree, say });
const server = await serve(fixtures.base, join(scratch, 'nginx'));
process.on('exit', () => server.stop());
const place = { fixtures, servers: server.urls, fsync: options.fsync };

/** @param {Case} test */
const wanted = (test) => {
  if (options.only.length > 0) return options.only.some((name) => test.name.startsWith(name));
  return (
    (options.slow || !test.slow) &&
    (!test.deploys || (process.getuid?.() === 0 && existsSync(join(fixtures.v1, 'usr/lib/modules'))))
  );
};

/** @type {Row[]} */
const rows = [];
let failures = 0;
for (const test of CASES.filter(wanted)) {
  try {
    const row = await compare(test, { scratch, runs: options.runs, place });
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
