import { constants } from 'node:os';
import { lgetxattr, llistxattr, lremovexattr, lsetxattr } from '@ost/linux';
import { Refusal } from './errno.js';
import { DONE, type Handlers } from './handler.js';
import type { View } from './names.js';
import { Body, OP } from './protocol.js';

const { errno } = constants;

/** A value, or only its size when the caller has no room yet. */
function sized(value: Uint8Array, room: number): Buffer {
  if (room === 0) return new Body(8).u32(value.length).bytes;
  if (value.length > room) throw new Refusal(errno.ERANGE);
  return Buffer.from(value);
}

/** Requests about extended attributes. */
export function xattrHandlers({ nodes, guard }: View): Handlers {
  const bytes = (name: string): Buffer => Buffer.from(name, 'latin1');
  return {
    [OP.SETXATTR]: (request) => {
      const path = nodes.path(nodes.get(request.node));
      const name = request.name(8);
      guard.beforeChange(path);
      const start = 8 + name.length + 1;
      lsetxattr(path, bytes(name), request.rest(start).subarray(0, request.u32(0)), request.u32(4));
      return DONE;
    },
    [OP.GETXATTR]: (request) => {
      const value = lgetxattr(nodes.path(nodes.get(request.node)), bytes(request.name(8)));
      if (value === null) throw new Refusal(errno.ENODATA);
      return sized(value, request.u32(0));
    },
    [OP.LISTXATTR]: (request) => {
      const names = llistxattr(nodes.path(nodes.get(request.node)));
      return sized(Buffer.concat(names.flatMap((name) => [name, Buffer.alloc(1)])), request.u32(0));
    },
    [OP.REMOVEXATTR]: (request) => {
      const found = lremovexattr(nodes.path(nodes.get(request.node)), bytes(request.name(0)));
      if (!found) throw new Refusal(errno.ENODATA);
      return DONE;
    },
  };
}
