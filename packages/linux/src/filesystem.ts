import { bind, check, cstring, failure, lastErrno } from './libc.js';

/** Writes everything of the file system that holds an open file to its device. */
export function syncfs(fd: number): void {
  check(bind('int syncfs(int fd)')(fd), 'syncfs');
}

/** The same on another thread. The file must stay open until it is done. */
export async function syncfsInBackground(fd: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    bind('int syncfs(int fd)').async(fd, (error, result) => {
      if (error !== null) reject(error);
      else if (result < 0) reject(failure(lastErrno(), 'syncfs'));
      else resolve();
    });
  });
}

/** Reserves space for a file; see fallocate(2) for the modes. The file grows unless FALLOC_FL_KEEP_SIZE (1) is set. */
export function fallocate(fd: number, offset: number, length: number, mode = 0): void {
  const fn = bind('int fallocate(int fd, int mode, int64_t offset, int64_t length)');
  check(fn(fd, mode, offset, length), 'fallocate');
}

/** Device number from its two parts. */
export function makedev(major: number, minor: number): bigint {
  const high = BigInt(major);
  const low = BigInt(minor);
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

/** Makes a file system node: `mode` holds the type (`fs.constants.S_IFCHR`, ...) and the permissions. */
export function mknod(path: string | Uint8Array, mode: number, device: number | bigint = 0): void {
  const fn = bind('int mknod(const char *path, unsigned int mode, uint64_t device)');
  check(fn(cstring(path, 'mknod'), mode, device), 'mknod', path);
}

/** What {@link statvfs} reports beyond Node's `fs.statfs`. */
export interface FilesystemInfo {
  blockSize: number;
  fragmentSize: number;
  blocks: bigint;
  blocksFree: bigint;
  blocksAvailable: bigint;
  files: bigint;
  filesFree: bigint;
  filesAvailable: bigint;
  /** Longest name, in bytes. */
  nameMax: number;
  /** Mount flags of the kernel, ST_RDONLY among them. */
  flags: number;
  /** Whether the mount is read-only. */
  readOnly: boolean;
}

/** Facts about the mounted file system that holds a path, mount flags included. */
export function statvfs(path: string | Uint8Array): FilesystemInfo {
  const fn = bind('int statvfs(const char *path, void *buffer)');
  // Eleven 64-bit words on 64-bit machines, then padding.
  const words = new BigUint64Array(16);
  check(fn(cstring(path, 'statvfs'), words), 'statvfs', path);
  const word = (index: number): bigint => words[index] as bigint;
  const flags = Number(word(9));
  return {
    blockSize: Number(word(0)),
    fragmentSize: Number(word(1)),
    blocks: word(2),
    blocksFree: word(3),
    blocksAvailable: word(4),
    files: word(5),
    filesFree: word(6),
    filesAvailable: word(7),
    nameMax: Number(word(10)),
    flags,
    readOnly: (flags & 1) !== 0,
  };
}
