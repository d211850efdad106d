import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keys for the dictionary whose order is looked at: enough for the hash table to grow three times. */
const KEYS = [...Array(70).keys()].map((i) => `${'abcdefg'[i % 7]}.key-${i * i}${i % 5 === 0 ? '-ü' : ''}`);

/**
 * Summaries of the repositories that the commits were made in, and the names of the static deltas among them.
 *
 * @param {import('./oracle.mjs').Oracle} oracle
 * @param {string} scratch
 * @param {ReturnType<typeof import('./commits.mjs').makeCommits>} world
 */
export function makeSummaries(oracle, scratch, { repos, made }) {
  /** @type {object[]} */
  const summaries = [];
  const add = (/** @type {string} */ note, /** @type {string} */ repo, /** @type {string[]} */ metadata = []) => {
    oracle.run([`--repo=${repo}`, 'summary', '-u', ...metadata.flatMap((text) => ['-m', text])]);
    const bytes = readFileSync(join(repo, 'summary'));
    const checksum = createHash('sha256').update(bytes).digest('hex');
    const refs = oracle
      .run([`--repo=${repo}`, 'refs'])
      .split('\n')
      .filter(Boolean);
    summaries.push({ note, metadata, refs: refs.toSorted(), checksum, object: bytes.toString('base64') });
  };

  const bare = join(scratch, 'no-refs');
  oracle.init(bare, '--mode=bare-user-only');
  add('no refs, bare-user-only', bare);
  add('refs with and without a version', repos.plain);
  add('an expiry date', repos.plain, ['ostree.summary.expires=uint64 1']);
  add(
    'many keys, in the order of a hash table',
    repos.plain,
    KEYS.map((key, i) => `${key}=${i}`),
  );

  const { bound = '', typed = '' } = made;
  oracle.run([`--repo=${repos.plain}`, 'static-delta', 'generate', `--from=${bound}`, `--to=${typed}`]);
  oracle.run([`--repo=${repos.plain}`, 'static-delta', 'generate', '--empty', `--to=${bound}`]);
  add('static deltas', repos.plain);

  add('a collection', repos.collection);
  oracle.run([`--repo=${repos.collection}`, 'refs', '-c', '--create=org.other.Z:mirror/b', made['collection'] ?? '']);
  oracle.run([`--repo=${repos.collection}`, 'refs', '-c', '--create=org.other.Z:mirror/a', made['collection'] ?? '']);
  oracle.run([`--repo=${repos.collection}`, 'refs', '-c', '--create=com.other.A:x', made['collection'] ?? '']);
  add('a collection map', repos.collection);
  oracle.run([`--repo=${repos.collection}`, 'static-delta', 'generate', '--empty', `--to=${made['collection']}`]);
  add('a collection map and static deltas', repos.collection);

  return { summaries, deltas: deltaNames(oracle, repos.plain) };
}

/**
 * Every static delta, by name and by path.
 *
 * @param {import('./oracle.mjs').Oracle} oracle
 * @param {string} repo
 */
function deltaNames(oracle, repo) {
  const names = oracle
    .run([`--repo=${repo}`, 'static-delta', 'list'])
    .split('\n')
    .toSorted();
  const paths = readdirSync(join(repo, 'deltas')).flatMap((dir) =>
    readdirSync(join(repo, 'deltas', dir)).map((rest) => `${dir}/${rest}`),
  );
  const indexes = readdirSync(join(repo, 'delta-indexes')).flatMap((dir) =>
    readdirSync(join(repo, 'delta-indexes', dir)).map((rest) => `delta-indexes/${dir}/${rest}`),
  );
  return { names, paths: paths.toSorted(), indexes: indexes.toSorted() };
}
