import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plant, getXattr } from './plant.mjs';
import { BIG, crowdName, HUGE, LARGE, TREE } from './recipe.mjs';

const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const S_IFDIR = 0o040000;

/**
 * @param {string} repo
 * @param {string} checksum
 * @param {string} type extension
 */
export const readObject = (repo, checksum, type) =>
  readFileSync(join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}.${type}`));

/** What a stored list of attributes looks like: sorted, without the ones that have no value. */
const xattrsOf = (/** @type {import('./recipe.mjs').Entry} */ entry) =>
  (entry.xattrs ?? [])
    .filter(([, value]) => value.length > 0)
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => [name, value.toString('hex')]);

/**
 * Commits the recipe's tree and collects every kind of object from it.
 *
 * @param {import('./oracle.mjs').Oracle} oracle
 * @param {string} scratch
 */
export function makeObjects(oracle, scratch) {
  const tree = join(scratch, 'tree');
  plant(tree, TREE);
  const archive = join(scratch, 'archive');
  oracle.init(archive, '--mode=archive');
  const args = ['--orphan', '--no-bindings', '--timestamp=@1700000000', tree];
  const commit = oracle.commit(archive, args);
  const bareUser = join(scratch, 'bare-user');
  oracle.init(bareUser, '--mode=bare-user');
  oracle.commit(bareUser, args);

  const files = [];
  const dirmetas = [];
  const dirtrees = [];
  for (const entry of TREE) {
    if (/^(big|huge)\//.test(entry.path)) continue;
    const [checksum = '', meta = ''] = oracle.checksums(archive, commit, `/${entry.path}`);
    const uid = entry.uid ?? 0;
    const gid = entry.gid ?? 0;
    const xattrs = xattrsOf(entry);
    if (entry.kind === 'dir') {
      const object = readObject(archive, meta, 'dirmeta').toString('base64');
      dirmetas.push({ path: entry.path, checksum: meta, uid, gid, mode: S_IFDIR | (entry.mode ?? 0), xattrs, object });
      dirtrees.push({ path: entry.path, checksum, ...dirtreeOf(archive, entry.path, checksum) });
      continue;
    }
    const symlink = entry.kind === 'symlink';
    const mode = symlink ? S_IFLNK | 0o777 : S_IFREG | (entry.mode ?? 0);
    const filez = readObject(archive, checksum, 'filez');
    const stored = join(bareUser, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}.file`);
    const large = entry.path === 'large';
    files.push({
      path: entry.path,
      checksum,
      uid,
      gid,
      mode,
      target: entry.target ?? '',
      xattrs,
      ...(large ? { squares: LARGE } : { content: entry.content?.toString('base64') ?? '' }),
      // Of a large file only the header.
      filez: (large ? filez.subarray(0, 8 + filez.readUInt32BE(0)) : filez).toString('base64'),
      ostreemeta: getXattr(stored, 'user.ostreemeta').toString('base64'),
    });
  }
  return { commit, files, dirmetas, dirtrees };
}

/**
 * @param {string} repo
 * @param {string} path
 * @param {string} checksum
 */
function dirtreeOf(repo, path, checksum) {
  const children = TREE.filter((e) => e.path.startsWith(path === '' ? '' : `${path}/`) && e.path !== path)
    .map((e) => ({ name: e.path.slice(path === '' ? 0 : path.length + 1), kind: e.kind }))
    .filter((e) => !e.name.includes('/'));
  const names = (/** @type {boolean} */ dirs) =>
    children
      .filter((e) => (e.kind === 'dir') === dirs)
      .map((e) => e.name)
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const object = readObject(repo, checksum, 'dirtree');
  const count = { big: BIG, huge: HUGE }[path];
  if (count === undefined) return { files: names(false), dirs: names(true), object: object.toString('base64') };
  // A crowd is made anew by the reader: `count` entries, every seventh an empty directory of mode 0755.
  return { crowd: { count, first: crowdName(0), last: crowdName(count - 1) }, length: object.length };
}
