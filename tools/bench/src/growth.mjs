/** How cost grows: the same command on more and more of one thing. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitTree, openRepo } from '@ost/repo';
import { compare } from './compare.mjs';
import { copyRepo } from './fixtures.mjs';
import { prepare } from './measure.mjs';
import { growthPage } from './growth-page.mjs';
import { root } from './options.mjs';
import { plot } from './plot.mjs';
import { PROGRAMS } from './programs.mjs';

/** @typedef {import('./report.mjs').Row} Row */

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {string} label
 * @property {string} unit what is counted
 * @property {readonly number[]} sizes
 * @property {readonly number[]} slow further ones, which take many minutes
 * @property {(path: string, size: number) => void | Promise<void>} make makes what both programs start from
 * @property {string} [fixture] the series whose it is
 * @property {(fixture: string, dir: string) => string[] | Promise<string[]>} setUp gives the command
 */

/** @typedef {Row['programs']['ost']} Figures */
/** @typedef {{ size: number, runs: number, programs: { ost: Figures, ostree?: Figures } }} Point */
/** @typedef {{ name: string, label: string, unit: string, points: Point[] }} Curve */

/** @param {string} dir @param {string} mode */
function emptyRepo(dir, mode) {
  const repo = join(dir, 'repo');
  prepare(['ostree', 'init', `--repo=${repo}`, `--mode=${mode}`]);
  prepare(['ostree', 'config', `--repo=${repo}`, 'set', 'core.fsync', 'false']);
  return repo;
}

/** @param {string} path @param {number} count */
function makeSmallFiles(path, count) {
  for (let i = 0; i < count; i++) {
    const dir = join(path, `d${Math.floor(i / 10_000)}`, `d${Math.floor(i / 100) % 100}`);
    if (i % 100 === 0) mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `f${i % 100}`), `file ${i}\n${'content '.repeat(i % 32)}`);
  }
}

/** @param {string} path @param {string} mode */
async function repoWithCommit(path, mode) {
  mkdirSync(path);
  const repo = await openRepo(emptyRepo(path, mode));
  mkdirSync(join(path, 'tree'));
  writeFileSync(join(path, 'tree/file'), 'content\n');
  return repo;
}

/** @param {string} path @param {number} count */
async function makeRefs(path, count) {
  const repo = await repoWithCommit(path, 'archive');
  prepare(['ostree', 'commit', `--repo=${repo.path}`, '-b', 'main', join(path, 'tree')]);
  const commit = repo.resolve('main');
  for (let i = 0; i < count; i++) {
    const dir = join(repo.path, 'refs/heads/app', String(Math.floor(i / 1000)));
    if (i % 1000 === 0) mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, String(i)), `${commit}\n`);
  }
}

/** @param {string} path @param {number} count */
async function makeHistory(path, count) {
  const repo = await repoWithCommit(path, 'archive');
  for (let i = 0; i < count; i++) {
    writeFileSync(join(path, 'tree/file'), `content ${i}\n`);
    const options = { branch: 'main', subject: `Commit ${i}`, timestamp: BigInt(i), fsync: false };
    await commitTree(repo, [{ type: 'dir', path: join(path, 'tree') }], options);
  }
}

/** @param {string} fixture */
const pruneScan = (fixture) => ['prune', '--refs-only', '--no-prune', `--repo=${join(fixture, 'repo')}`];

/** @type {readonly Series[]} */
const SERIES = [
  {
    name: 'files',
    label: 'commit of small files to an archive',
    unit: 'files',
    sizes: [10_000, 30_000, 100_000],
    slow: [1_000_000],
    make: makeSmallFiles,
    setUp: (tree, dir) => ['commit', `--repo=${emptyRepo(dir, 'archive')}`, '-b', 'main', `--tree=dir=${tree}`],
  },
  {
    name: 'file-size',
    label: 'commit of one large file to bare-user',
    unit: 'GiB',
    sizes: [1, 2, 4],
    slow: [8],
    make: (path, size) => {
      mkdirSync(path);
      writeFileSync(join(path, 'large'), '');
      truncateSync(join(path, 'large'), size * 2 ** 30);
    },
    setUp: (tree, dir) => ['commit', `--repo=${emptyRepo(dir, 'bare-user')}`, '-b', 'main', `--tree=dir=${tree}`],
  },
  {
    name: 'refs',
    label: 'summary of refs',
    unit: 'refs',
    sizes: [1000, 10_000, 100_000],
    slow: [],
    make: makeRefs,
    setUp: async (fixture, dir) => {
      await copyRepo(join(fixture, 'repo'), join(dir, 'repo'));
      return ['summary', '-u', `--repo=${join(dir, 'repo')}`];
    },
  },
  {
    name: 'history',
    label: 'first prune scan of a history',
    unit: 'commits',
    sizes: [1000, 3000, 10_000],
    slow: [],
    make: makeHistory,
    setUp: (fixture) => {
      for (const memory of ['objects', 'dirtrees'])
        rmSync(join(fixture, `repo/tmp/cache/ost-${memory}`), { force: true });
      return pruneScan(fixture);
    },
  },
  {
    name: 'history-again',
    label: 'prune scan of a history that was scanned before',
    unit: 'commits',
    sizes: [1000, 3000, 10_000],
    slow: [],
    make: makeHistory,
    fixture: 'history',
    setUp: (fixture) => {
      if (!existsSync(join(fixture, 'repo/tmp/cache/ost-dirtrees'))) prepare([...PROGRAMS.ost, ...pruneScan(fixture)]);
      return pruneScan(fixture);
    },
  },
];

/** @param {string} dir @returns {Curve[]} what was measured before */
function readCurves(dir) {
  const store = join(dir, 'growth.json');
  return existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : [];
}

/**
 * What both programs start from; made once and kept.
 *
 * @param {Series} series @param {number} size @param {string} dir @param {(line: string) => void} say
 */
async function makeFixture(series, size, dir, say) {
  const fixture = join(dir, 'growth', `${series.fixture ?? series.name}-${size}`);
  if (existsSync(fixture)) return fixture;
  say(`making ${size} ${series.unit}`);
  mkdirSync(join(dir, 'growth'), { recursive: true });
  rmSync(`${fixture}.new`, { recursive: true, force: true });
  await series.make(`${fixture}.new`, size);
  renameSync(`${fixture}.new`, fixture);
  return fixture;
}

/**
 * Measures all series (or those points whose names begin with one of `only`), notes each figure as soon as it is there,
 * and writes the page and its image. Without runs it only makes what is measured.
 *
 * @param {{ dir: string, scratch: string, runs: number, slow: boolean, alone: boolean, only: readonly string[], say: (line: string) => void }} options
 */
export async function measureGrowth({ dir, scratch, runs, slow, alone, only, say }) {
  const before = new Map(readCurves(dir).map((curve) => [curve.name, curve]));
  const curves = SERIES.map(({ name, label, unit }) => before.get(name) ?? { name, label, unit, points: [] });
  const wanted = (/** @type {string} */ name) =>
    only.length === 0 || only.some((part) => `${name}-`.startsWith(`${part}-`));
  for (const [index, series] of SERIES.entries()) {
    for (const size of [...series.sizes, ...(slow ? series.slow : [])]) {
      const name = `${series.name}-${size}`;
      if (!wanted(name)) continue;
      const fixture = await makeFixture(series, size, dir, say);
      if (runs === 0) continue;
      // Whoever runs first would else read from the disk, and the other from memory.
      prepare(['sh', '-c', `find '${fixture}' -type f -exec cat {} + >/dev/null`]);
      const setUp = (/** @type {{ dir: string }} */ at) => series.setUp(fixture, at.dir);
      const test = { name, label: series.label, setUp };
      const place = /** @type {never} */ ({});
      const { ost, ostree } = (await compare(test, { scratch, runs, place, ...(alone ? { names: ['ost'] } : {}) }))
        .programs;
      const programs = alone ? { ost } : { ost, ostree };
      say(
        `${name}: ${Object.entries(programs)
          .map(([which, { seconds }]) => `${which} ${seconds.toFixed(2)} s`)
          .join(', ')}`,
      );
      const curve = /** @type {Curve} */ (curves[index]);
      const others = curve.points.filter((point) => point.size !== size);
      curve.points = [...others, { size, runs, programs }].sort((a, b) => a.size - b.size);
      writeFileSync(join(dir, 'growth.json'), JSON.stringify(curves, null, 2));
    }
  }
  if (runs === 0) return;
  const drawn = curves.filter(({ points }) => points.length > 0);
  writeFileSync(join(root, 'docs/growth.svg'), plot(drawn));
  writeFileSync(join(root, 'docs/growth.md'), growthPage(drawn));
  say('written to docs/growth.md and docs/growth.svg');
}
