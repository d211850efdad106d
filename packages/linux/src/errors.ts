import { constants } from 'node:os';

/** Facts about a failed call, as {@link LinuxError} keeps them. */
export interface LinuxErrorInfo {
  /** The error number, positive as in C; 0 when no call was made (code `unsupported`). */
  errno: number;
  /** Name of the system call or C function. */
  syscall: string;
  /** The path that the call was about, for display. */
  path?: string | undefined;
}

/**
 * A system call failed.
 *
 * `code` is the symbolic name (`'ENODATA'`), as in Node's own errors, so `error.code === 'ENOENT'` works on
 * both; `errno` is the positive C value (Node's own errors hold the negative). When the platform is not Linux
 * or koffi cannot be loaded, `code` is `'unsupported'` and `errno` is 0.
 */
export class LinuxError extends Error {
  override readonly name: string = 'LinuxError';
  /** Positive errno value, or 0. */
  readonly errno: number;
  /** Symbolic name such as `ENODATA`, or `unsupported`. */
  readonly code: string;
  /** Name of the system call or C function. */
  readonly syscall: string;
  /** The path that the call was about, for display; absent for calls on file descriptors. */
  readonly path?: string;
  /** What `strerror` says, without the call and the path. */
  readonly reason: string;

  constructor(info: LinuxErrorInfo & { code: string; reason: string; cause?: unknown }) {
    const where = info.path === undefined ? '' : ` '${info.path}'`;
    super(`${info.code}: ${info.reason}, ${info.syscall}${where}`, { cause: info.cause });
    this.errno = info.errno;
    this.code = info.code;
    this.syscall = info.syscall;
    this.reason = info.reason;
    if (info.path !== undefined) this.path = info.path;
  }
}

/** Whether a value is a {@link LinuxError}, optionally one with the given code. */
export function isLinuxError(error: unknown, code?: string): error is LinuxError {
  return error instanceof LinuxError && (code === undefined || error.code === code);
}

let names: Map<number, string> | undefined;

/** The symbolic name of a positive errno value: `61` is `'ENODATA'`. Unknown numbers become `'E<number>'`. */
export function errnoName(errno: number): string {
  if (names === undefined) {
    names = new Map();
    for (const [name, value] of Object.entries(constants.errno)) {
      // EAGAIN/EWOULDBLOCK and EOPNOTSUPP/ENOTSUP share a number on Linux; keep the kernel's word.
      if (name === 'EWOULDBLOCK' || name === 'EOPNOTSUPP') continue;
      names.set(value, name);
    }
  }
  return names.get(errno) ?? `E${errno}`;
}
