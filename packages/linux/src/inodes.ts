import { closeSync, constants, openSync } from 'node:fs';
import { endianness } from 'node:os';
import { bind, check } from './libc.js';

/** A name in a directory, with what the directory itself knows of it. */
export interface DirectoryEntry {
  /** As Latin-1: a character for each byte. */
  readonly name: string;
  /** Inode number; that of the directory below where something is mounted on it. */
  readonly ino: bigint;
}

const ROOM = 1 << 16;
const LITTLE = endianness() === 'LE';

/** Names and inode numbers of a directory, without a look at each file. `.` and `..` are left out. */
export function listInodes(path: string | Uint8Array): DirectoryEntry[] {
  const name = typeof path === 'string' ? path : Buffer.from(path);
  const fd = openSync(name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const getdents = bind('int64_t getdents64(int fd, void *buffer, size_t size)');
  const buffer = Buffer.allocUnsafe(ROOM);
  const entries: DirectoryEntry[] = [];
  try {
    for (;;) {
      const length = check(getdents(fd, buffer, ROOM), 'getdents64', path);
      if (length === 0) return entries;
      parse(buffer.subarray(0, length), entries);
    }
  } finally {
    closeSync(fd);
  }
}

/** Entries of the kernel: inode, offset, length, type, name and NUL. */
function parse(buffer: Buffer, entries: DirectoryEntry[]): void {
  for (let at = 0; at < buffer.length; ) {
    const size = LITTLE ? buffer.readUInt16LE(at + 16) : buffer.readUInt16BE(at + 16);
    const name = buffer.toString('latin1', at + 19, buffer.indexOf(0, at + 19));
    if (name !== '.' && name !== '..') {
      entries.push({ name, ino: LITTLE ? buffer.readBigUInt64LE(at) : buffer.readBigUInt64BE(at) });
    }
    at += size;
  }
}
