import type { DeltaObjects } from '@ost/deltas';
import type { Checksum, DirTreeDir, DirTreeFile, FileHeader } from '@ost/objects';
import {
  compareNames,
  encodeCommit,
  encodeDirMeta,
  encodeDirTree,
  encodeFileHeader,
  OstError,
  parseCommit,
  parseDirTree,
} from '@ost/objects';
import { MemoryStore } from './memory-store.js';
import { nodeHash } from './ostree.js';
import type { Tree } from './tree.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const meta = encodeDirMeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: [] });

/** Commits a tree to a store and answers the commit's checksum. */
export function commitTree(store: MemoryStore, tree: Tree, parent: Checksum | null = null): Checksum {
  const dirmeta = put(store, 'dirmeta', meta);
  const commit = encodeCommit({
    metadata: [],
    parent,
    related: [],
    subject: 'test',
    body: '',
    timestamp: 1n,
    contents: putDirectory(store, tree, '', dirmeta),
    meta: dirmeta,
  });
  return put(store, 'commit', commit);
}

function put(store: MemoryStore, type: 'dirtree' | 'dirmeta' | 'commit', bytes: Uint8Array): Checksum {
  const checksum = nodeHash.sha256(bytes);
  store.metadata.set(`${checksum}.${type}`, bytes);
  return checksum;
}

function putDirectory(store: MemoryStore, tree: Tree, prefix: string, dirmeta: Checksum): Checksum {
  const files: DirTreeFile[] = [];
  const dirs = new Map<string, DirTreeDir>();
  for (const [path, entry] of tree) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...below] = path.slice(prefix.length).split('/');
    if (below.length > 0) {
      if (!dirs.has(name)) {
        const contents = putDirectory(store, tree, `${prefix}${name}/`, dirmeta);
        dirs.set(name, { name, contents, meta: dirmeta });
      }
      continue;
    }
    const content = 'target' in entry ? new Uint8Array(0) : entry.content;
    const header: FileHeader = {
      uid: 0,
      gid: 0,
      mode: 'target' in entry ? 0o120777 : 0o100000 | entry.mode,
      symlinkTarget: 'target' in entry ? entry.target : '',
      xattrs: 'target' in entry || entry.mode !== 0o600 ? [] : [{ name: bytes('user.x'), value: bytes('v') }],
    };
    const checksum = nodeHash.sha256(encodeFileHeader(header), content);
    store.files.set(checksum, { header, content });
    files.push({ name, checksum });
  }
  const byName = (a: { name: string }, b: { name: string }): number => compareNames(a.name, b.name);
  return put(store, 'dirtree', encodeDirTree({ files: files.sort(byName), dirs: [...dirs.values()].sort(byName) }));
}

/** A store as the compiler reads it. */
export function objectsOf(store: MemoryStore): DeltaObjects {
  const missing = (checksum: Checksum): OstError => new OstError('not-found', `No such object ${checksum}`);
  return {
    readMetadata(type, checksum) {
      const bytes = store.metadata.get(`${checksum}.${type}`);
      if (bytes === undefined) throw missing(checksum);
      return bytes;
    },
    loadFile(checksum) {
      const file = store.files.get(checksum);
      if (file === undefined) throw missing(checksum);
      const { header, content } = file;
      return { header, size: content.length, storedSize: () => content.length + 100, read: () => content };
    },
  };
}

/** A new store with everything that a commit of another one needs. */
export function copyCommit(from: MemoryStore, commit: Checksum): MemoryStore {
  const to = new MemoryStore();
  const copy = (type: string, checksum: Checksum): Uint8Array => {
    const bytes = from.metadata.get(`${checksum}.${type}`) as Uint8Array;
    to.metadata.set(`${checksum}.${type}`, bytes);
    return bytes;
  };
  const visit = (dirtree: Checksum): void => {
    const { files, dirs } = parseDirTree(copy('dirtree', dirtree));
    for (const { checksum } of files) to.files.set(checksum, from.files.get(checksum) as never);
    for (const { contents, meta: dirmeta } of dirs) {
      copy('dirmeta', dirmeta);
      visit(contents);
    }
  };
  const { contents, meta: dirmeta } = parseCommit(copy('commit', commit));
  copy('dirmeta', dirmeta);
  visit(contents);
  return to;
}
