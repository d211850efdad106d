/**
 * What a case cannot do without, and nothing else: the bare calls to the system, the hash and the compressor, from
 * Node, on all processors. No program on Node can be much faster than that.
 *
 * `node limit.mjs KIND FROM TO [ARCHIVE]`; with ARCHIVE, FROM only names the objects that are taken from there.
 *
 * - `store`, `archive`: looks at each file of a tree and its attributes, reads and hashes it, compresses it for `archive`,
 *   writes it, gives it the mode, and for `store` the attribute and the time, that an object must have, renames it
 * - `link`: makes each directory and symlink of a tree, and a hard link for each file
 * - `deploy`: makes each directory of a tree, and a hard link for each file and symlink; copies `/usr/etc` to `/etc`; hashes
 *   and copies kernel and initramfs; flushes the file system
 * - `unpack`: reads each file object of an archive, inflates, hashes, writes and renames it, as `store` does
 * - `fetch`: the same with file objects from a web server, where ARCHIVE is a URL
 * - `verify`: reads and hashes each object, those of an archive inflated, others with their attribute
 * - `look`: reads each directory object of an archive, and the beginning of each file object
 * - `apply`: decompresses each part of a delta; hashes, writes and renames what comes out, in as many files as it makes
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeXz, openDelta } from '@ost/deltas';
import { fgetxattr, flistxattr, fsetxattr, futimens, Libdeflate, syncfs } from '@ost/linux';
import { bareRequests, CONNECTIONS } from './bare-requests.mjs';

/** Attribute of an object in a bare-user repository. */
const META = 'user.ostreemeta';
/** An owner, a mode, and no attributes. */
const PLAIN = new Uint8Array(12);

/** @param {string} file @param {Uint8Array} bytes @param {'archive' | 'bare-user'} mode of the repository */
function writeObject(file, bytes, mode) {
  const fd = fs.openSync(`${file}.new`, 'wx', 0o600);
  fs.writeFileSync(fd, bytes);
  if (mode === 'bare-user') fsetxattr(fd, META, PLAIN);
  fs.fchmodSync(fd, 0o644);
  if (mode === 'bare-user') futimens(fd, { mtime: 0 });
  fs.closeSync(fd);
  fs.renameSync(`${file}.new`, file);
}

/** All of a file, whose size is known from a look at it. @param {string} path @param {(fd: number) => unknown} attributes */
function readFile(path, attributes) {
  const { size } = fs.lstatSync(path);
  const fd = fs.openSync(path, 'r');
  attributes(fd);
  if (room.length < size) room = Buffer.allocUnsafeSlow(size);
  for (let done = 0; done < size; ) done += fs.readSync(fd, room, done, size - done, done);
  fs.closeSync(fd);
  return room.subarray(0, size);
}

/** @param {Uint8Array} bytes */
const hash = (bytes) => createHash('sha256').update(bytes).digest();
const start = Buffer.alloc(4096);
let room = Buffer.allocUnsafeSlow(1 << 20);
/** @type {Libdeflate | null | undefined} */
let libdeflate;

/** The fastest compressor that there is. @param {Uint8Array} bytes */
function deflate(bytes) {
  if (libdeflate === undefined) libdeflate = Libdeflate.open();
  return libdeflate === null ? deflateRawSync(bytes, { level: 6 }) : libdeflate.deflateRaw(bytes, 6);
}

/** @param {Uint8Array} bytes @param {number} size of what they unpack to */
function inflate(bytes, size) {
  if (libdeflate === undefined) libdeflate = Libdeflate.open();
  if (libdeflate === null) return inflateRawSync(bytes);
  if (room.length < size) room = Buffer.allocUnsafeSlow(size);
  libdeflate.inflateRaw(bytes, room);
  return room.subarray(0, size);
}

/** The content of a file object of an archive. @param {Buffer} bytes */
function contentOf(bytes) {
  const body = bytes.subarray(8 + bytes.readUInt32BE(0));
  const size = Number(bytes.readBigUInt64BE(8));
  return body.length === 0 ? body : inflate(body, size);
}

/** @param {Buffer} archived a file object @param {string} to */
function unpack(archived, to) {
  const content = contentOf(archived);
  hash(content);
  writeObject(to, content, 'bare-user');
}

/** @type {ReturnType<typeof bareRequests> | undefined} */
let get;

/** @type {Record<string, (path: string, to: string, pieces: number) => void | Promise<void>>} */
const KINDS = {
  store: (path, to) => {
    const bytes = readFile(path, flistxattr);
    hash(bytes);
    writeObject(to, bytes, 'bare-user');
  },
  archive: (path, to) => {
    const bytes = readFile(path, flistxattr);
    hash(bytes);
    writeObject(to, deflate(bytes), 'archive');
  },
  link: (path, to) => fs.linkSync(path, to),
  deploy: (path, to) => fs.linkSync(path, to),
  unpack: (path, to) => unpack(fs.readFileSync(path), to),
  fetch: async (url, to) => {
    get ??= bareRequests(url);
    unpack(await get(url), to);
  },
  verify: (path) => {
    if (path.endsWith('.filez')) hash(contentOf(fs.readFileSync(path)));
    else hash(path.endsWith('.file') ? readFile(path, (fd) => fgetxattr(fd, META)) : fs.readFileSync(path));
  },
  look: (path) => {
    const fd = fs.openSync(path, 'r');
    fs.readSync(fd, start, 0, start.length, 0);
    fs.closeSync(fd);
  },
  apply: async (path, to, pieces) => {
    const part = await decodeXz(fs.readFileSync(path).subarray(1));
    const size = Math.ceil(part.length / pieces);
    for (let at = 0; at < part.length; at += size) {
      const bytes = part.subarray(at, at + size);
      hash(bytes);
      writeObject(`${to}.${at}`, bytes, 'bare-user');
    }
  },
};

/** Makes the directories of a walk and, for links, what is no file. @param {string} kind @param {string} from @param {string} to */
function* walk(kind, from, to) {
  const objects = kind === 'unpack' || kind === 'fetch' || kind === 'look' || kind === 'verify';
  const reads = kind === 'look' || kind === 'verify';
  const wanted = reads ? /\.(filez?|dirtree|dirmeta|commit)$/ : /\.file$/;
  if (!reads) fs.mkdirSync(to);
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of fs.readdirSync(join(from, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!reads) fs.mkdirSync(to + name);
        folders.push(name);
      } else if (entry.isFile()) {
        if (!objects || wanted.test(name)) yield name;
      } else if (kind === 'deploy') yield name;
      else if (kind === 'link') fs.symlinkSync(fs.readlinkSync(from + name), to + name);
    }
  }
}

/**
 * What all threads take from: each takes the next name when it is done with one.
 *
 * @typedef {{ kind: string, from: string, to: string, names: readonly string[], pieces: number, next: Int32Array }} Work
 */

/** @param {Work} what */
async function work({ kind, from, to, names, pieces, next }) {
  const one = /** @type {(path: string, to: string, pieces: number) => void | Promise<void>} */ (KINDS[kind]);
  const lane = async () => {
    for (;;) {
      const name = names[Atomics.add(next, 0, 1)];
      if (name === undefined) return;
      const done = one(from + name, to + name, pieces);
      if (done !== undefined) await done;
    }
  };
  await Promise.all(Array.from({ length: kind === 'fetch' ? CONNECTIONS : 1 }, lane));
}

/** What a deployment has beside its links. @param {string} from @param {string} to */
function finishDeployment(from, to) {
  for (const name of walk('copy', `${from}/usr/etc`, `${to}/etc`)) {
    fs.copyFileSync(`${from}/usr/etc${name}`, `${to}/etc${name}`);
  }
  const modules = `${from}/usr/lib/modules`;
  for (const version of fs.readdirSync(modules)) {
    for (const name of ['vmlinuz', 'initramfs.img']) {
      const file = `${modules}/${version}/${name}`;
      hash(fs.readFileSync(file));
      fs.copyFileSync(file, `${to}.${name}`);
    }
  }
  const fd = fs.openSync(to, 'r');
  syncfs(fd);
  fs.closeSync(fd);
}

/** The parts of a delta, and how many objects one of them has on average. @param {string} delta @param {string} to */
async function partsOf(delta, to) {
  const { parts } = (await openDelta(delta)).superblock;
  fs.mkdirSync(to);
  const objects = parts.reduce((sum, part) => sum + part.objects.length, 0);
  // The largest first: then all threads end at about the same time.
  const largest = [...parts.entries()].sort(([, a], [, b]) => b.size - a.size);
  return { names: largest.map(([i]) => `/${i}`), pieces: Math.ceil(objects / parts.length) };
}

if (isMainThread) {
  const [kind = '', from = '', to = '', archive] = process.argv.slice(2);
  const { names, pieces } =
    kind === 'apply' ? await partsOf(from, to) : { names: [...walk(kind, from, to)], pieces: 0 };
  const next = new Int32Array(new SharedArrayBuffer(4));
  const what = {
    kind,
    to,
    pieces,
    next,
    from: archive ?? from,
    names: archive === undefined ? names : names.map((name) => name.replace(/\.file$/, '.filez')),
  };
  // Links and looks are over before a worker has started.
  const threads = ['link', 'deploy', 'look'].includes(kind) ? 1 : availableParallelism();
  for (let thread = 1; thread < threads; thread++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: what });
    worker.on('error', (error) => {
      throw error;
    });
  }
  await work(what);
  if (kind === 'deploy') finishDeployment(from, to);
} else await work(workerData);
