export { errnoName, isLinuxError, LinuxError } from './errors.js';
export { strerror } from './libc.js';
export { Libdeflate } from './libdeflate.js';
export {
  fgetxattr,
  flistxattr,
  fremovexattr,
  fsetxattr,
  lgetxattr,
  llistxattr,
  lremovexattr,
  lsetxattr,
  readXattrs,
} from './xattr.js';
export { FS_IMMUTABLE_FL, freezeFs, getFlags, reflink, setFlags, setImmutable, thawFs } from './ioctl.js';
export { flock, funlock, lock, unlock } from './lock.js';
export {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  linkat,
  mkdirat,
  openat,
  openDir,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  renameat2,
  renameExchange,
  renameNoReplace,
  symlinkat,
  unlinkat,
} from './dirfd.js';
export { linkTmpfile, openTmpfile } from './tmpfile.js';
export { futimens, utimensat } from './times.js';
export { joinMounts, MNT_DETACH, MS, mount, umount, unshareMounts } from './mount.js';
export { mountsBelow } from './mounts-below.js';
export { isReadable, receiveFd, socketPair } from './descriptors.js';
export { sendDatagram } from './datagram.js';
export { listInodes } from './inodes.js';
export { configureMalloc } from './malloc.js';
export { fallocate, makedev, mknod, statvfs, syncfs, syncfsInBackground } from './filesystem.js';

export type { LinuxErrorInfo } from './errors.js';
export type { InflatedLengths } from './libdeflate.js';
export type { LinuxXattr } from './xattr.js';
export type { ImmutableResult } from './ioctl.js';
export type { MallocOptions } from './malloc.js';
export type { LockKind, LockOptions } from './lock.js';
export type { FileTime, FileTimes } from './times.js';
export type { MountSpec } from './mount.js';
export type { DirectoryEntry } from './inodes.js';
export type { FilesystemInfo } from './filesystem.js';
