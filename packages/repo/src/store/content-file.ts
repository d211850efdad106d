import * as fs from 'node:fs';
import { type Checksum, encodeDirMeta, type FileHeader, OstError, type RepoMode } from '@ost/objects';
import { fsetxattr, futimens, lsetxattr } from '@ost/linux';
import type { CreationModes } from './creation-modes.js';
import type { StoreTarget } from './store-target.js';

const S_IFMT = 0o170000;
const S_IFLNK = 0o120000;
const encoder = new TextEncoder();

/** The mode of a file that is not what it is to be yet. */
export const UNFINISHED = 0o600;

/** True when the header describes a symbolic link. */
export function isSymlinkHeader(header: FileHeader): boolean {
  return (header.mode & S_IFMT) === S_IFLNK;
}

/** The permission bits that an object of the given logical mode has on disk (repository format, "Storage matrix"). */
export function physicalMode(mode: RepoMode, header: FileHeader): number {
  switch (mode) {
    case 'archive':
      return 0o644;
    case 'bare-user':
      return isSymlinkHeader(header) ? 0o644 : (header.mode & 0o775) | 0o400;
    default:
      return header.mode & 0o7777;
  }
}

/** The bytes of a file object on disk: a bare-user repository stores a symlink as a file that holds its target and a NUL. */
export function physicalFile(mode: RepoMode, header: FileHeader, content: Uint8Array): Uint8Array {
  return mode === 'bare-user' && isSymlinkHeader(header) ? encoder.encode(`${header.symlinkTarget}\0`) : content;
}

/**
 * Refuses what a bare-user-only repository cannot represent.
 * @throws OstError `unsupported` for a mode outside 0775
 */
export function checkBareUserOnly(header: FileHeader, checksum: Checksum): void {
  const bits = header.mode & 0o7777 & ~0o775;
  if (isSymlinkHeader(header) || bits === 0) return;
  const octal = (n: number): string => n.toString(8).padStart(4, '0');
  const what = `Content object ${checksum}: invalid mode 0${octal(header.mode)} with bits 0${octal(bits)}`;
  throw new OstError('unsupported', what, { data: { checksum, mode: header.mode } });
}

/**
 * The mode to make a temporary file with: where nothing stands against it the final one. Attributes of one's own file can
 * only be set while it is writable, and the owner goes before bits that a change of owner clears.
 */
export function creationMode(mode: RepoMode, header: FileHeader): number {
  const final = physicalMode(mode, header);
  return mode === 'bare' || mode === 'bare-split-xattrs' || (final & 0o200) === 0 ? UNFINISHED : final;
}

/**
 * Gives an open temporary file the owner, mode, xattrs and time that its object has on disk.
 * @param created the mode that it was made with
 */
export function applyContentMetadata(
  target: StoreTarget,
  { fd, created }: { readonly fd: number; readonly created: number },
  header: FileHeader,
  checksum: Checksum,
  modes: CreationModes,
): void {
  const { mode } = target;
  switch (mode) {
    case 'archive':
      modes.set(fd, 0o644, created);
      return;
    case 'bare-split-xattrs':
      fs.fchownSync(fd, header.uid, header.gid);
      break;
    case 'bare-user-only':
      checkBareUserOnly(header, checksum);
      break;
    case 'bare-user':
      fsetxattr(fd, 'user.ostreemeta', encodeDirMeta(header));
      break;
    case 'bare':
      // chown first: it clears the set-user-id bits that chmod then sets.
      fs.fchownSync(fd, header.uid, header.gid);
      if (!target.disableXattrs) for (const { name, value } of header.xattrs) fsetxattr(fd, name, value);
      break;
  }
  modes.set(fd, physicalMode(mode, header), created);
  futimens(fd, { mtime: 0 });
}

/** Makes the symlink that is a symlink object in the bare modes (not bare-user). */
export function createSymlinkObject(target: StoreTarget, path: string, header: FileHeader): void {
  fs.symlinkSync(header.symlinkTarget, path);
  if (target.mode === 'bare-user-only') return;
  fs.lchownSync(path, header.uid, header.gid);
  if (target.mode === 'bare' && !target.disableXattrs)
    for (const { name, value } of header.xattrs) lsetxattr(path, name, value);
}
