/** What the cases start from: trees, and repositories that the real ostree made of them. Made once and kept. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { appendFile, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { benchTrees, debianObstacle } from '@ost-tools/trees';
import { prepare } from './measure.mjs';

/**
 * @typedef {object} Fixtures
 * @property {string} base folder of the repositories
 * @property {string} v1 a tree
 * @property {string} v2 the tree after an upgrade
 * @property {string} archive repository with both, the second commit on top of the first
 * @property {string} bareUser repository with the first
 * @property {string} bare repository with the first, as a deployed system has it
 * @property {string} delta folder of the static delta from the first to the second; made when first asked for
 * @property {string} small archive with a thousand small files on `main`; made when first asked for
 * @property {string} binaries archive with `v1` and `v2` of one file of 64 MB, made of the libraries of both trees; made when first asked for
 * @property {string} large archive with one file of 2 GB on `main`; made when first asked for
 */

/** Another tree stands in for an upgraded one: some files of each thousand differ. @param {string} from @param {string} to */
async function alter(from, to) {
  prepare(['cp', '-a', from, to]);
  const files = (await readdir(to, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const [index, file] of files.entries()) {
    if (index % 20 === 0) await appendFile(join(file.parentPath, file.name), `changed ${index}\n`);
  }
}

/** @param {string} path @param {(partial: string) => void | Promise<void>} make */
async function once(path, make) {
  if (existsSync(path)) return;
  const partial = `${path}.partial`;
  await rm(partial, { recursive: true, force: true });
  await make(partial);
  await rename(partial, path);
}

/**
 * @param {string} dir
 * @param {{ tree: string | undefined, say: (message: string) => void }} options
 * @returns {Promise<Fixtures>}
 */
export async function makeFixtures(dir, { tree, say }) {
  const key = tree === undefined ? 'debian' : createHash('sha256').update(resolve(tree)).digest('hex').slice(0, 12);
  const base = join(dir, 'fixtures', key);
  await mkdir(base, { recursive: true });
  /** @type {{ v1: string, v2: string }} */
  let trees;
  if (tree === undefined) {
    const obstacle = debianObstacle();
    if (obstacle !== undefined && !existsSync(join(dir, 'trees/v2'))) {
      throw new Error(`A Debian cannot be bootstrapped here (${obstacle}); give a tree with --tree`);
    }
    trees = await benchTrees(join(dir, 'trees'), say);
  } else {
    trees = { v1: resolve(tree), v2: join(base, 'v2') };
    await once(trees.v2, (partial) => alter(trees.v1, partial));
  }
  const { v1, v2 } = trees;
  const archive = join(base, 'archive');
  await once(archive, (repo) => {
    say('Committing both trees with the real ostree');
    prepare(['ostree', 'init', `--repo=${repo}`, '--mode=archive']);
    prepare(['ostree', 'config', `--repo=${repo}`, 'set', 'core.fsync', 'false']);
    prepare(['ostree', 'commit', `--repo=${repo}`, '--branch=v1', '--subject=v1', `--tree=dir=${v1}`]);
    const parent = prepare(['ostree', 'rev-parse', `--repo=${repo}`, 'v1']).trim();
    const commit = ['commit', `--repo=${repo}`, '--branch=v2', '--subject=v2', `--parent=${parent}`];
    prepare(['ostree', ...commit, `--tree=dir=${v2}`]);
    prepare(['ostree', 'summary', `--repo=${repo}`, '--update']);
  });
  for (const mode of ['bare-user', 'bare']) {
    if (mode === 'bare' && process.getuid?.() !== 0) continue;
    await once(join(base, mode), (repo) => {
      prepare(['ostree', 'init', `--repo=${repo}`, `--mode=${mode}`]);
      prepare(['ostree', 'config', `--repo=${repo}`, 'set', 'core.fsync', 'false']);
      prepare(['ostree', 'pull-local', `--repo=${repo}`, archive, 'v1']);
    });
  }
  return {
    base,
    v1,
    v2,
    archive,
    bareUser: join(base, 'bare-user'),
    bare: join(base, 'bare'),
    get delta() {
      return findDelta(archive, say);
    },
    get small() {
      return madeArchive(join(base, 'small'), 1000, 4000);
    },
    get binaries() {
      return joinedLibraries(join(base, 'binaries'), { v1, v2 });
    },
    get large() {
      return madeArchive(join(base, 'large'), 1, 2e9);
    },
  };
}

/** An archive of one large file in two versions. @param {string} path @param {{ v1: string, v2: string }} trees */
function joinedLibraries(path, trees) {
  if (existsSync(path)) return path;
  const partial = `${path}.partial`;
  const tree = `${path}.tree`;
  for (const old of [partial, tree]) rmSync(old, { recursive: true, force: true });
  prepare(['ostree', 'init', `--repo=${partial}`, '--mode=archive']);
  mkdirSync(tree);
  for (const [version, from] of Object.entries(trees)) {
    const join64 = "find usr/lib -type f -name '*.so*' | LC_ALL=C sort | xargs cat | head -c 64000000";
    prepare(['sh', '-c', `cd '${from}' && { ${join64}; } >'${tree}/libraries'`]);
    prepare(['ostree', 'commit', `--repo=${partial}`, `--branch=${version}`, `--tree=dir=${tree}`]);
  }
  rmSync(tree, { recursive: true });
  renameSync(partial, path);
  return path;
}

/** An archive of files that are as long as said and hard to compress. @param {string} path @param {number} count @param {number} size */
function madeArchive(path, count, size) {
  if (existsSync(path)) return path;
  const tree = `${path}.tree`;
  rmSync(tree, { recursive: true, force: true });
  for (let i = 0; i < count; i++) {
    const dir = join(tree, `d${i % 40}`);
    mkdirSync(dir, { recursive: true });
    const random = createHash('shake256', { outputLength: Math.min(size, 1 << 20) })
      .update(`${i}`)
      .digest();
    for (let left = size; left > 0; left -= random.length) appendFileSync(join(dir, `f${i}`), random.subarray(0, left));
  }
  const partial = `${path}.partial`;
  rmSync(partial, { recursive: true, force: true });
  prepare(['ostree', 'init', `--repo=${partial}`, '--mode=archive']);
  prepare(['ostree', 'commit', `--repo=${partial}`, '--branch=main', '--subject=made', `--tree=dir=${tree}`]);
  prepare(['ostree', 'summary', `--repo=${partial}`, '--update']);
  rmSync(tree, { recursive: true });
  renameSync(partial, path);
  return path;
}

/** @param {string} archive @param {(message: string) => void} say */
function findDelta(archive, say) {
  const [from = '', to = ''] = ['v1', 'v2'].map((ref) =>
    prepare(['ostree', 'rev-parse', `--repo=${archive}`, ref]).trim(),
  );
  const names = prepare(['ostree', 'static-delta', 'list', `--repo=${archive}`]);
  if (!names.includes(`${from}-${to}`)) {
    say('Generating the static delta with the real ostree (some minutes)');
    // Without fallbacks, so that the delta can be applied offline too.
    const limits = ['--min-fallback-size=0'];
    prepare(['ostree', 'static-delta', 'generate', `--repo=${archive}`, `--from=${from}`, `--to=${to}`, ...limits]);
    prepare(['ostree', 'summary', `--repo=${archive}`, '--update']);
  }
  const mbase64 = (/** @type {string} */ hex) =>
    Buffer.from(hex, 'hex').toString('base64').replaceAll('/', '_').replaceAll('=', '');
  const start = mbase64(from);
  return join(archive, 'deltas', start.slice(0, 2), `${start.slice(2)}-${mbase64(to)}`);
}

/**
 * Copies a repository by hard links. Objects never change, but what is written in place gets its own copy.
 *
 * @param {string} from
 * @param {string} to
 */
export async function copyRepo(from, to) {
  prepare(['cp', '-al', from, to]);
  for (const name of ['config', '.lock']) {
    if (!existsSync(join(from, name))) continue;
    await rm(join(to, name));
    await copyFile(join(from, name), join(to, name));
  }
}
