/**
 * What a case cannot do without, and nothing else: the bare calls to the system, the hash and the compressor, from
 * Node, on all processors. No program on Node can be much faster than that.
 *
 * `node limit/main.mjs KIND FROM TO [ARCHIVE [URL]] [-- KIND ...]`; with ARCHIVE, FROM only names the objects that are taken
 * from there. What is behind `--` follows when the first is done.
 *
 * - `store`, `archive`: looks at each file, symlink and directory of a tree and its attributes, reads and hashes it,
 *   compresses files for `archive`, writes it, gives it the mode, and for `store` files the attribute and the time, that an
 *   object must have, renames it to its hash
 * - `link`: makes each directory and symlink of a tree, and a hard link for each file; gives directories, when they are
 *   full, the time that they must have
 * - `deploy`: the same, with a hard link for each symlink, too; copies `/usr/etc` to `/etc`; hashes and copies kernel and
 *   initramfs; flushes the file system
 * - `renew`: looks at what the file FROM names in the deployment TO, and at the directories of the objects ARCHIVE, flushes
 *   the file system
 * - `unpack`: reads each object of an archive, inflates, hashes, writes and renames it, as `store` does
 * - `fetch`: the same with objects from a web server, where ARCHIVE is a URL
 * - `verify`: reads and hashes each object, those of an archive inflated, others with their attribute
 * - `look`: reads each directory object of an archive, and the beginning of each file object
 * - `apply`: decompresses each part of a delta, reads the old files that it refers to, which ARCHIVE holds, and adds it to
 *   them as a patch does; hashes, writes and renames as many files and bytes as the part makes. With a URL behind ARCHIVE, gets
 *   the parts from there
 */
import { availableParallelism } from 'node:os';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { walk } from './walk.mjs';

/** So many of what takes microseconds are taken together: threads that work in one directory wait for each other. */
const PORTION = 128;

/** @typedef {(path: string, to: string) => void | Promise<void>} One does the work for one file */

/** Kinds that write objects, into one directory: what it is made of is not copied. */
const STORES = new Set(['store', 'archive', 'unpack', 'fetch', 'apply']);

/** What a kind does, loaded when it is wanted. @type {Record<string, (work: Work) => Promise<One>>} */
const KINDS = {
  store: async () => (await import('./objects.mjs')).store,
  archive: async () => (await import('./objects.mjs')).archive,
  unpack: async () => (await import('./objects.mjs')).unpack,
  verify: async () => (await import('./objects.mjs')).verify,
  fetch: async () => (await import('./requests.mjs')).fetchTo,
  apply: async ({ old }) => (await import('./delta.mjs')).applyTo(old),
  link: async () => (await import('./links.mjs')).link,
  deploy: async () => (await import('./links.mjs')).link,
  look: async () => (await import('./links.mjs')).look,
};

/**
 * What all threads take from: each takes the next name when it is done with one.
 *
 * @typedef {{ kind: string, from: string, to: string, old: string, names: readonly string[], next: Int32Array }} Work
 */

/** @param {Work} what */
async function work(what) {
  const { kind, from, to, names, next } = what;
  const one = await /** @type {(work: Work) => Promise<One>} */ (KINDS[kind])(what);
  const portion = ['link', 'deploy', 'look'].includes(kind) ? PORTION : 1;
  const lane = async () => {
    for (;;) {
      const first = Atomics.add(next, 0, portion);
      if (first >= names.length) return;
      for (const name of names.slice(first, first + portion)) {
        const done = one(from + name, STORES.has(kind) ? to : to + name);
        if (done !== undefined) await done;
      }
    }
  };
  const lanes = kind === 'fetch' ? (await import('./requests.mjs')).CONNECTIONS : 1;
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** @param {string} kind @param {string} from @param {string} to @returns {Promise<string[]>} */
async function namesOf(kind, from, to) {
  return kind === 'apply' ? (await import('./delta.mjs')).partsOf(from) : [...walk(kind, from, to)];
}

/** Does one kind of work on all processors. @param {readonly string[]} args */
async function share([kind = '', from = '', to = '', archive, url]) {
  if (kind === 'renew') {
    (await import('./deployment.mjs')).renewDeployment(from, to, archive ?? '');
    return;
  }
  if (STORES.has(kind)) (await import('./objects.mjs')).makeStore(to);
  const names = await namesOf(kind, from, to);
  const next = new Int32Array(new SharedArrayBuffer(4));
  const elsewhere = kind !== 'apply' && archive !== undefined;
  const what = {
    kind,
    to,
    next,
    from: elsewhere ? archive : (url ?? from),
    old: archive ?? '',
    names: elsewhere ? names.map((name) => name.replace(/\.file$/, '.filez')) : names,
  };
  const ended = Array.from({ length: availableParallelism() - 1 }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: what });
    return new Promise((resolve, reject) => worker.on('error', reject).on('exit', resolve));
  });
  await work(what);
  await Promise.all(ended);
  if (kind === 'link' || kind === 'deploy') (await import('./links.mjs')).finishDirectories();
  if (kind === 'deploy') (await import('./deployment.mjs')).finishDeployment(from, to);
}

if (isMainThread) {
  const args = process.argv.slice(2);
  for (let end = args.indexOf('--'); end !== -1; end = args.indexOf('--'))
    await share(args.splice(0, end + 1).slice(0, end));
  await share(args);
} else await work(workerData);
