import * as fs from 'node:fs';
import { entryReply } from './attributes.js';
import { DONE, type Handlers } from './handler.js';
import type { View } from './names.js';
import type { Node } from './node-table.js';
import { Body, OP } from './protocol.js';

const { O_ACCMODE, O_RDONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC } = {
  ...fs.constants,
  O_ACCMODE: 3,
};

/** Whether flags of open(2) mean that the file will be changed. */
function changes(flags: number): boolean {
  return (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
}

function openReply(fd: number): Body {
  return new Body(16).u64(fd);
}

/** Requests about open files. */
export function fileHandlers(view: View): Handlers {
  const { nodes, guard } = view;
  const open = (node: Node, path: Buffer, flags: number, mode: number): number => {
    const fd = fs.openSync(path, flags, mode);
    node.handles.add(fd);
    return fd;
  };
  return {
    [OP.OPEN]: (request) => {
      const node = nodes.get(request.node);
      const path = nodes.path(node);
      const flags = request.u32(0) & ~(O_CREAT | O_EXCL);
      if (nodes.isUnlinked(node)) return openReply(open(node, path, flags, 0)).bytes;
      if (changes(flags)) guard.beforeChange(path);
      return openReply(open(node, path, flags | O_NOFOLLOW, 0)).bytes;
    },
    [OP.CREATE]: (request) => {
      const [parent, name] = [nodes.get(request.node), request.name(16)];
      const path = nodes.childPath(parent, name);
      const flags = request.u32(0) | O_CREAT | O_NOFOLLOW;
      if (changes(flags)) guard.beforeChange(path);
      const fd = fs.openSync(path, flags, request.u32(4) & 0o7777);
      const stat = fs.fstatSync(fd, { bigint: true });
      const node = nodes.lookup(parent, name);
      node.handles.add(fd);
      return Buffer.concat([entryReply(node.id, stat, view.cache), openReply(fd).bytes]);
    },
    [OP.READ]: (request) => {
      const buffer = Buffer.allocUnsafe(request.u32(16));
      return buffer.subarray(0, fs.readSync(request.u64(0), buffer, 0, buffer.length, request.u64(8)));
    },
    [OP.WRITE]: (request) => {
      const data = request.rest(40).subarray(0, request.u32(16));
      return new Body(8).u32(fs.writeSync(request.u64(0), data, 0, data.length, request.u64(8))).bytes;
    },
    [OP.FSYNC]: (request) => {
      if ((request.u32(8) & 1) !== 0) fs.fdatasyncSync(request.u64(0));
      else fs.fsyncSync(request.u64(0));
      return DONE;
    },
    [OP.RELEASE]: (request) => {
      const fd = request.u64(0);
      nodes.get(request.node).handles.delete(fd);
      fs.closeSync(fd);
      return DONE;
    },
  };
}
