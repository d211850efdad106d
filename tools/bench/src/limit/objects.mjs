/** Objects: what they are read from, and how they must be written. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { fgetxattr, flistxattr, fsetxattr, futimens, Libdeflate } from '@ost/linux';

/** Attribute of an object in a bare-user repository. */
const META = 'user.ostreemeta';
/** An owner, a mode, and no attributes. */
const PLAIN = new Uint8Array(12);

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
export const hash = (bytes) => createHash('sha256').update(bytes).digest();

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

/** @param {string} file @param {Uint8Array} bytes @param {'archive' | 'bare-user'} mode of the repository */
export function writeObject(file, bytes, mode) {
  const fd = fs.openSync(`${file}.new`, 'wx', 0o600);
  fs.writeFileSync(fd, bytes);
  if (mode === 'bare-user') fsetxattr(fd, META, PLAIN);
  fs.fchmodSync(fd, 0o644);
  if (mode === 'bare-user') futimens(fd, { mtime: 0 });
  fs.closeSync(fd);
  fs.renameSync(`${file}.new`, file);
}

/** @param {string} path @param {string} to */
export function store(path, to) {
  const bytes = readFile(path, flistxattr);
  hash(bytes);
  writeObject(to, bytes, 'bare-user');
}

/** @param {string} path @param {string} to */
export function archive(path, to) {
  const bytes = readFile(path, flistxattr);
  hash(bytes);
  writeObject(to, deflate(bytes), 'archive');
}

/** @param {Buffer} archived a file object @param {string} to */
export function unpackBytes(archived, to) {
  const content = contentOf(archived);
  hash(content);
  writeObject(to, content, 'bare-user');
}

/** @param {string} path @param {string} to */
export const unpack = (path, to) => unpackBytes(fs.readFileSync(path), to);

/** @param {string} path */
export function verify(path) {
  if (path.endsWith('.filez')) hash(contentOf(fs.readFileSync(path)));
  else hash(path.endsWith('.file') ? readFile(path, (fd) => fgetxattr(fd, META)) : fs.readFileSync(path));
}
