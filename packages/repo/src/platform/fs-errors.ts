import { isOstError, OstError } from '@ost/objects';

const texts: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  EMLINK: 'Too many links',
  ENAMETOOLONG: 'File name too long',
  ENODATA: 'No data available',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  ENOTSUP: 'Operation not supported',
  EPERM: 'Operation not permitted',
  ESPIPE: 'Illegal seek',
  EROFS: 'Read-only file system',
  EXDEV: 'Invalid cross-device link',
};

/** The errno name of a system error (`ENOENT`), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** True when the error says that the path is absent: ENOENT or ENOTDIR, nothing else. */
export function isAbsent(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The C library's text for a system error, as libostree prints it. */
export function strerror(error: unknown): string {
  const code = errnoOf(error);
  return (code && texts[code]) ?? (error as Error).message;
}

/** Wraps a system error as `WHAT: No such file or directory`; other errors pass unchanged. */
export function ioError(error: unknown, what: string): Error {
  if (isOstError(error)) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return error as Error;
  const code =
    errno === 'ENOSPC' ? 'no-space' : isAbsent(error) ? 'not-found' : errno === 'EEXIST' ? 'already-exists' : 'io';
  return new OstError(code, `${what}: ${strerror(error)}`, { cause: error, data: { errno } });
}

/** Runs a file-system call and words its failure as `WHAT: strerror`. */
export function withIoError<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw ioError(error, what);
  }
}
