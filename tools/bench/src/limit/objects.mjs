/** Objects: what they are read from, and how they must be written. */
import { hash as digest } from 'node:crypto';
import * as fs from 'node:fs';
import { threadId } from 'node:worker_threads';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { fgetxattr, flistxattr, fsetxattr, futimens, Libdeflate, llistxattr } from '@ost/linux';

/** Attribute of an object in a bare-user repository. */
const META = 'user.ostreemeta';
/** An owner, a mode, and no attributes. */
const PLAIN = new Uint8Array(12);
/** Bytes that an entry of a directory object takes beside its name. */
const ENTRY = Buffer.alloc(36).toString('latin1');

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

/** @param {Uint8Array} bytes */
const hash = (bytes) => digest('sha256', bytes, 'hex');

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

/** @typedef {'bare-user' | 'plain'} Kind with attribute and time, or without */

let unfinished = '';
let serial = 0;

/** @param {string} to the directory of objects @param {string} name @param {Uint8Array} bytes @param {Kind} kind */
function write(to, name, bytes, kind) {
  if (unfinished === '') fs.mkdirSync((unfinished = `${to}/unfinished-${threadId}`));
  const temporary = `${unfinished}/${serial++}`;
  const fd = fs.openSync(temporary, 'wx', 0o600);
  fs.writeFileSync(fd, bytes);
  if (kind === 'bare-user') fsetxattr(fd, META, PLAIN);
  fs.fchmodSync(fd, 0o644);
  if (kind === 'bare-user') futimens(fd, { mtime: 0 });
  fs.closeSync(fd);
  fs.renameSync(temporary, `${to}/${name.slice(0, 2)}/${name.slice(2)}`);
}

/** Makes the directories that objects come to. @param {string} to */
export function makeStore(to) {
  for (let prefix = 0; prefix < 256; prefix++) {
    fs.mkdirSync(`${to}/${prefix.toString(16).padStart(2, '0')}`, { recursive: true });
  }
}

/** Hashes and writes an object. @param {string} to @param {Uint8Array} bytes @param {Kind} kind */
export const put = (to, bytes, kind) => write(to, hash(bytes), bytes, kind);

/** What an entry of a tree is stored as. @param {string} path @returns {{ bytes: Uint8Array, isFile: boolean }} */
function readEntry(path) {
  // Directories end with a slash.
  if (path.endsWith('/')) {
    llistxattr(path);
    return { bytes: Buffer.from(fs.readdirSync(path).join(ENTRY)), isFile: false };
  }
  if (!fs.lstatSync(path).isSymbolicLink()) return { bytes: readFile(path, flistxattr), isFile: true };
  llistxattr(path);
  return { bytes: Buffer.from(fs.readlinkSync(path)), isFile: true };
}

/** @param {string} path @param {string} to */
export function store(path, to) {
  const { bytes, isFile } = readEntry(path);
  put(to, bytes, isFile ? 'bare-user' : 'plain');
}

/** @param {string} path @param {string} to */
export function archive(path, to) {
  const { bytes, isFile } = readEntry(path);
  write(to, hash(bytes), isFile ? deflate(bytes) : bytes, 'plain');
}

/** @param {string} name of an object in an archive @param {Buffer} bytes @param {string} to */
export function unpackBytes(name, bytes, to) {
  if (name.endsWith('.filez')) put(to, contentOf(bytes), 'bare-user');
  else put(to, bytes, 'plain');
}

/** @param {string} path @param {string} to */
export const unpack = (path, to) => unpackBytes(path, fs.readFileSync(path), to);

/** @param {string} path */
export function verify(path) {
  if (path.endsWith('.filez')) hash(contentOf(fs.readFileSync(path)));
  else hash(path.endsWith('.file') ? readFile(path, (fd) => fgetxattr(fd, META)) : fs.readFileSync(path));
}
