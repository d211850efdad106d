import * as fs from 'node:fs';
import { constants } from 'node:os';
import { Refusal } from './errno.js';
import { DONE, type Handlers } from './handler.js';
import type { View } from './names.js';
import { Body, OP } from './protocol.js';

/** What stands for an inode number that nobody asked for. */
const UNKNOWN_INODE = 0xffffffff;

interface Entry {
  readonly name: Buffer;
  readonly type: number;
}

const self: readonly Entry[] = ['.', '..'].map((name) => ({ name: Buffer.from(name), type: 4 }));

function typeOf(entry: fs.Dirent<Buffer>): number {
  if (entry.isFile()) return 8;
  if (entry.isDirectory()) return 4;
  if (entry.isSymbolicLink()) return 10;
  if (entry.isCharacterDevice()) return 2;
  if (entry.isBlockDevice()) return 6;
  if (entry.isFIFO()) return 1;
  return entry.isSocket() ? 12 : 0;
}

function encode({ name, type }: Entry, offset: number): Buffer {
  const head = new Body(24).u64(UNKNOWN_INODE).u64(offset).u32(name.length).u32(type).bytes;
  return Buffer.concat([head, name, Buffer.alloc((8 - (name.length % 8)) % 8)]);
}

/** Requests about the content of directories: each open one is read once, and again when its reader starts over. */
export function directoryHandlers({ nodes }: View): Handlers {
  const open = new Map<number, readonly Entry[]>();
  let next = 1;
  const list = (path: Buffer): readonly Entry[] => {
    const names = fs.readdirSync(path, { encoding: 'buffer', withFileTypes: true });
    return [...self, ...names.map((entry) => ({ name: entry.name, type: typeOf(entry) }))];
  };
  return {
    [OP.OPENDIR]: (request) => {
      const entries = list(nodes.path(nodes.get(request.node)));
      open.set(next, entries);
      return new Body(16).u64(next++).bytes;
    },
    [OP.READDIR]: (request) => {
      const [handle, start, room] = [request.u64(0), request.u64(8), request.u32(16)];
      let entries = open.get(handle);
      if (entries === undefined) throw new Refusal(constants.errno.EBADF);
      if (start === 0) open.set(handle, (entries = list(nodes.path(nodes.get(request.node)))));
      const parts: Buffer[] = [];
      for (let at = start, size = 0; at < entries.length; at++) {
        const part = encode(entries[at] as Entry, at + 1);
        size += part.length;
        if (size > room) break;
        parts.push(part);
      }
      return Buffer.concat(parts);
    },
    [OP.RELEASEDIR]: (request) => {
      open.delete(request.u64(0));
      return DONE;
    },
    [OP.FSYNCDIR]: (request) => {
      const fd = fs.openSync(nodes.path(nodes.get(request.node)), 'r');
      try {
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
      return DONE;
    },
  };
}
