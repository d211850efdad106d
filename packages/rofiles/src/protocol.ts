import { endianness } from 'node:os';

/** Byte order of everything that the kernel sends: that of the machine. */
export const LITTLE: boolean = endianness() === 'LE';

/** Requests of the kernel that are answered here; all others are ENOSYS, and the kernel does without. */
export const OP = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  BATCH_FORGET: 42,
  RENAME2: 45,
} as const;

/** Which attributes a SETATTR request changes. */
export const SET = {
  MODE: 1,
  UID: 2,
  GID: 4,
  SIZE: 8,
  ATIME: 16,
  MTIME: 32,
  FH: 64,
  ATIME_NOW: 128,
  MTIME_NOW: 256,
} as const;

/** Version of the protocol that is spoken here; the kernel adapts to older ones. */
export const VERSION = { major: 7, minor: 31 } as const;

/** Flags of INIT: many reads at once, O_TRUNC with the open, large writes, parallel look-ups, more pages, cached links. */
export const INIT_FLAGS: number = (1 << 0) | (1 << 3) | (1 << 5) | (1 << 18) | (1 << 22) | (1 << 23);

/** Most that one WRITE brings. */
export const MAX_WRITE: number = 1 << 20;

export const IN_HEADER = 40;
export const OUT_HEADER = 16;

/** The fixed part of a request, and what follows it. */
export class Request {
  readonly #view: DataView;

  constructor(private readonly bytes: Buffer) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get opcode(): number {
    return this.#view.getUint32(4, LITTLE);
  }

  get unique(): bigint {
    return this.#view.getBigUint64(8, LITTLE);
  }

  /** The file or directory that the request is about. */
  get node(): number {
    return Number(this.#view.getBigUint64(16, LITTLE));
  }

  /** A 32-bit field of the body. */
  u32(offset: number): number {
    return this.#view.getUint32(IN_HEADER + offset, LITTLE);
  }

  /** A 64-bit field of the body that is small enough for a number. */
  u64(offset: number): number {
    return Number(this.#view.getBigUint64(IN_HEADER + offset, LITTLE));
  }

  /** A 64-bit field as it is. */
  i64(offset: number): bigint {
    return this.#view.getBigInt64(IN_HEADER + offset, LITTLE);
  }

  /** The body from an offset on. */
  rest(offset: number): Buffer {
    return this.bytes.subarray(IN_HEADER + offset);
  }

  /** NUL-terminated names from an offset of the body on, as Latin-1: a character for each byte. */
  names(offset: number): string[] {
    return this.rest(offset).toString('latin1').split('\0').slice(0, -1);
  }

  /** The one name from an offset of the body on. */
  name(offset: number): string {
    return this.names(offset)[0] ?? '';
  }
}

/** A reply's body that is filled field by field. */
export class Body {
  readonly bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.bytes = Buffer.alloc(size);
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, size);
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, LITTLE);
    this.#at += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value >>> 0, LITTLE);
    this.#at += 4;
    return this;
  }

  u64(value: number | bigint): this {
    this.#view.setBigInt64(this.#at, BigInt.asIntN(64, BigInt(value)), LITTLE);
    this.#at += 8;
    return this;
  }
}
