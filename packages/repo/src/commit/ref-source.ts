import { type Checksum, encodeDirMeta, type FileHeader, type Xattrs } from '@ost/objects';
import type { Repo } from '../repo.js';
import { emptyStats } from '../store/object-writer.js';
import { MutableTree } from '../tree/mutable-tree.js';
import { addStats, type ImportContext } from './directory-source.js';
import { addLabel } from './label.js';
import type { EntryInfo } from './modifier.js';
import { archivedSize } from './sizes.js';

/** True when entries come out of the pipeline as they went in, and nothing of them is recorded. */
function keepsObjects(context: ImportContext): boolean {
  const { filter, noXattrs, label } = context.modifier;
  return filter === null && !noXattrs && label === null && context.sizes === null;
}

/**
 * Lays the tree of an existing commit over a tree that is being built (repository format, "Tree arguments", `ref=`).
 * Without filters the objects are taken by name; otherwise each is written again.
 */
export async function importCommit(
  repo: Repo,
  commit: Checksum,
  tree: MutableTree,
  context: ImportContext,
): Promise<void> {
  const { contents, meta } = repo.loadCommit(commit);
  if (keepsObjects(context) && tree.isEmpty) {
    tree.become(repo, contents, meta);
    return;
  }
  const { stats } = context.transaction.writer;
  Object.assign(stats, emptyStats());
  await importDirTree(repo, contents, meta, '/', tree, context);
  addStats(context.stats, stats);
}

async function importDirTree(
  repo: Repo,
  contents: Checksum,
  meta: Checksum,
  path: string,
  tree: MutableTree,
  context: ImportContext,
): Promise<boolean> {
  context.signal?.throwIfAborted();
  const newMeta = importDirMeta(repo, meta, path, context);
  if (newMeta === null) return false;
  tree.meta = newMeta;
  const source = repo.loadDirTree(contents);
  for (const { name, checksum } of source.files) {
    const copied = await importFile(repo, checksum, child(path, name), context);
    if (copied !== null) tree.setFile(name, copied);
  }
  for (const dir of source.dirs) {
    if (keepsObjects(context) && !tree.dirs.has(dir.name) && !tree.files.has(dir.name)) {
      tree.setDir(dir.name, MutableTree.from(repo, dir.contents, dir.meta));
      continue;
    }
    const existed = tree.dirs.has(dir.name);
    const kept = await importDirTree(
      repo,
      dir.contents,
      dir.meta,
      child(path, dir.name),
      tree.ensureDir(dir.name),
      context,
    );
    if (!kept && !existed) tree.remove(dir.name);
  }
  return true;
}

function child(path: string, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}

function withLabel(xattrs: Xattrs, path: string, info: EntryInfo, context: ImportContext): Xattrs {
  const { noXattrs, label } = context.modifier;
  const kept = noXattrs ? [] : xattrs;
  return addLabel(kept, label?.(path, info) ?? null);
}

function importDirMeta(repo: Repo, meta: Checksum, path: string, context: ImportContext): Checksum | null {
  if (keepsObjects(context)) return meta;
  const { xattrs, ...original } = repo.loadDirMeta(meta);
  const { filter } = context.modifier;
  const info = filter === null ? original : filter(path, original);
  if (info === null) return null;
  const bytes = encodeDirMeta({ ...info, xattrs: withLabel(xattrs, path, info, context) });
  const checksum = context.transaction.writer.writeMetadata('dirmeta', bytes);
  context.sizes?.add('dirmeta', checksum, bytes.length, bytes.length);
  return checksum;
}

async function importFile(
  repo: Repo,
  checksum: Checksum,
  path: string,
  context: ImportContext,
): Promise<Checksum | null> {
  if (keepsObjects(context)) return checksum;
  const file = repo.loadFile(checksum);
  const { uid, gid, mode } = file.header;
  const original: EntryInfo = { uid, gid, mode };
  const { filter } = context.modifier;
  const info = filter === null ? original : filter(path, original);
  if (info === null) return null;
  const header: FileHeader = {
    ...info,
    symlinkTarget: file.header.symlinkTarget,
    xattrs: withLabel(file.header.xattrs, path, info, context),
  };
  const { writer } = context.transaction;
  const written = file.isSmall
    ? writer.writeFile(header, file.view())
    : await writer.writeFileStream(header, file.size, file.stream());
  const unpacked = file.isSymlink ? Buffer.byteLength(header.symlinkTarget) : file.size;
  context.sizes?.add('file', written, archivedSize(writer, written), unpacked);
  return written;
}
