import * as fs from 'node:fs';
import { renameat2, AT_FDCWD, RENAME_EXCHANGE, statvfs, utimensat, type FileTime } from '@ost/linux';
import { absentReply, attributesReply, type CacheTimes, entryReply } from './attributes.js';
import { readOnly, Refusal } from './errno.js';
import type { Guard } from './guard.js';
import { DONE, type Handlers } from './handler.js';
import type { Node, NodeTable } from './node-table.js';
import { Body, OP, type Request, SET } from './protocol.js';
import { constants } from 'node:os';

/** What the handlers of one mount share. */
export interface View {
  readonly nodes: NodeTable;
  readonly guard: Guard;
  readonly cache: CacheTimes;
}

/** Attributes of a node, whether it has a name still or is only open. */
export function statNode({ nodes }: View, node: Node): fs.BigIntStats {
  const path = nodes.path(node);
  return nodes.isUnlinked(node) ? fs.statSync(path, { bigint: true }) : fs.lstatSync(path, { bigint: true });
}

/** Tells the kernel of a child of a directory. */
export function tell(view: View, parent: Node, name: string): Buffer {
  const stat = fs.lstatSync(view.nodes.childPath(parent, name), { bigint: true });
  return entryReply(view.nodes.lookup(parent, name).id, stat, view.cache);
}

/** Requests about names, links and attributes. */
export function nameHandlers(view: View): Handlers {
  const { nodes, cache } = view;
  const parentOf = (request: Request): Node => nodes.get(request.node);
  return {
    [OP.LOOKUP]: (request) => {
      const [parent, name] = [parentOf(request), request.name(0)];
      if (cache.negative > 0 && fs.lstatSync(nodes.childPath(parent, name), { throwIfNoEntry: false }) === undefined) {
        return absentReply(cache);
      }
      return tell(view, parent, name);
    },
    [OP.FORGET]: (request) => {
      nodes.forget(request.node, request.u64(0));
      return null;
    },
    [OP.BATCH_FORGET]: (request) => {
      for (let i = 0; i < request.u32(0); i++) nodes.forget(request.u64(8 + 16 * i), request.u64(16 + 16 * i));
      return null;
    },
    [OP.GETATTR]: (request) => attributesReply(statNode(view, nodes.get(request.node)), cache),
    [OP.SETATTR]: (request) => {
      const node = nodes.get(request.node);
      change(view, node, request);
      return attributesReply(statNode(view, node), cache);
    },
    [OP.READLINK]: (request) => fs.readlinkSync(nodes.path(nodes.get(request.node)), 'buffer'),
    [OP.SYMLINK]: (request) => {
      const parent = parentOf(request);
      const [name = '', target = ''] = request.names(0);
      fs.symlinkSync(Buffer.from(target, 'latin1'), nodes.childPath(parent, name));
      return tell(view, parent, name);
    },
    // Devices and pipes are not for a view of a repository's files.
    [OP.MKNOD]: () => {
      throw readOnly();
    },
    [OP.MKDIR]: (request) => {
      const [parent, name] = [parentOf(request), request.name(8)];
      fs.mkdirSync(nodes.childPath(parent, name), { mode: request.u32(0) });
      return tell(view, parent, name);
    },
    [OP.UNLINK]: (request) => {
      const [parent, name] = [parentOf(request), request.name(0)];
      fs.unlinkSync(nodes.childPath(parent, name));
      nodes.unlink(parent, name);
      return DONE;
    },
    [OP.RMDIR]: (request) => {
      const [parent, name] = [parentOf(request), request.name(0)];
      fs.rmdirSync(nodes.childPath(parent, name));
      nodes.unlink(parent, name);
      return DONE;
    },
    [OP.RENAME]: (request) => rename(view, request, 8, 0),
    [OP.RENAME2]: (request) => rename(view, request, 16, request.u32(8)),
    [OP.LINK]: (request) => {
      const [parent, name] = [parentOf(request), request.name(8)];
      fs.linkSync(nodes.path(nodes.get(request.u64(0))), nodes.childPath(parent, name));
      return tell(view, parent, name);
    },
    [OP.ACCESS]: (request) => {
      fs.accessSync(nodes.path(nodes.get(request.node)), request.u32(0));
      return DONE;
    },
    [OP.STATFS]: (request) => {
      const info = statvfs(nodes.path(nodes.get(request.node)));
      const body = new Body(80);
      body.u64(info.blocks).u64(info.blocksFree).u64(info.blocksAvailable).u64(info.files).u64(info.filesFree);
      return body.u32(info.blockSize).u32(info.nameMax).u32(info.fragmentSize).bytes;
    },
  };
}

function rename({ nodes }: View, request: Request, namesAt: number, flags: number): Buffer {
  const [from, to] = [nodes.get(request.node), nodes.get(request.u64(0))];
  const [name = '', newName = ''] = request.names(namesAt);
  renameat2(AT_FDCWD, nodes.childPath(from, name), AT_FDCWD, nodes.childPath(to, newName), flags);
  if ((flags & RENAME_EXCHANGE) !== 0) nodes.exchange(from, name, to, newName);
  else nodes.move(from, name, to, newName);
  return DONE;
}

/** Carries out a SETATTR: owner, mode and size of a shared file are guarded, times are not. */
function change({ nodes, guard }: View, node: Node, request: Request): void {
  const valid = request.u32(0);
  const has = (bit: number): boolean => (valid & bit) !== 0;
  const handle = has(SET.FH) ? request.u64(8) : undefined;
  const owners = has(SET.UID) || has(SET.GID);
  const path = nodes.path(node);
  if ((owners || has(SET.MODE) || (has(SET.SIZE) && handle === undefined)) && !nodes.isUnlinked(node)) {
    guard.beforeChange(path);
  }
  if (has(SET.SIZE)) {
    const size = request.u64(16);
    if (handle === undefined) fs.truncateSync(path, size);
    else fs.ftruncateSync(handle, size);
  }
  if (owners) {
    const uid = has(SET.UID) ? request.u32(76) : -1;
    const gid = has(SET.GID) ? request.u32(80) : -1;
    if (nodes.isUnlinked(node)) fs.chownSync(path, uid, gid);
    else fs.lchownSync(path, uid, gid);
  }
  if (has(SET.MODE)) {
    if (fs.lstatSync(path).isSymbolicLink() && !nodes.isUnlinked(node)) throw new Refusal(constants.errno.EOPNOTSUPP);
    fs.chmodSync(path, request.u32(68) & 0o7777);
  }
  const time = (set: number, now: number, seconds: number, rest: number): FileTime => {
    if (has(now)) return 'now';
    return has(set) ? request.i64(seconds) * 1_000_000_000n + BigInt(request.u32(rest)) : 'omit';
  };
  const atime = time(SET.ATIME, SET.ATIME_NOW, 32, 56);
  const mtime = time(SET.MTIME, SET.MTIME_NOW, 40, 60);
  if (atime !== 'omit' || mtime !== 'omit') utimensat(path, { atime, mtime, follow: nodes.isUnlinked(node) });
}
