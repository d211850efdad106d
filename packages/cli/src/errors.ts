import { isOstError } from '@ost/objects';

/** The command line is wrong in a way that the help text answers: it is printed before the message. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** The reader of our output went away; there is nobody to tell anything. */
export class BrokenPipeError extends Error {
  override readonly name: string = 'BrokenPipeError';
}

const texts: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EEXIST: 'File exists',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
};

/** One line that says what went wrong. */
export function describeError(error: unknown): string {
  if (isOstError(error)) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const text = code === undefined ? undefined : texts[code];
  if (text === undefined || syscall === undefined) return error.message.split('\n')[0] ?? '';
  return path === undefined ? `${syscall}: ${text}` : `${syscall}(${path}): ${text}`;
}

/** True for what an AbortSignal throws, and for errors that were made from it. */
export function isAbort(error: unknown): boolean {
  if (isOstError(error)) return error.code === 'aborted';
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
