import { isOstError, OstError, type ErrorCode } from '@ost/objects';
import { strerror } from '@ost/linux';

/** True when a path does not exist: ENOENT or ENOTDIR, nothing else. */
export function isAbsent(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The symbolic errno of a file-system error, or `undefined`. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The text of an error without Node's decoration: `No such file or directory`. */
export function reason(error: unknown): string {
  const errno = (error as { errno?: unknown } | null)?.errno;
  if (!isOstError(error) && typeof errno === 'number' && errno !== 0) {
    try {
      return strerror(Math.abs(errno));
    } catch {
      // No C library to ask: Node's own text will do.
    }
  }
  return error instanceof Error ? error.message : String(error);
}

/** A file-system error as an {@link OstError}; one of ours passes unchanged. */
export function asOstError(error: unknown, what?: string): OstError {
  if (isOstError(error)) return what === undefined ? error : error.withPrefix(`${what}: `);
  const code: ErrorCode = isAbsent(error) ? 'not-found' : codeOf(error) === 'ENOSPC' ? 'no-space' : 'io';
  const text = reason(error);
  return new OstError(code, what === undefined ? text : `${what}: ${text}`, { cause: error });
}

/** Like {@link asOstError}, for work on many files: the text says which call failed on which of them. */
export function inContext(error: unknown, what: string): OstError {
  const { syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  const named = !isOstError(error) && syscall !== undefined && typeof path === 'string';
  return asOstError(error, named ? `${what}: ${syscall}(${path})` : what);
}

/** Runs `body`; an error gets its context in front of its text. */
export async function withPrefix<T>(what: string, body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw inContext(error, what);
  }
}

/** An error about something that is not there. */
export function notFound(message: string): OstError {
  return new OstError('not-found', message);
}

/** An error about an operation that does not fit the present state. */
export function wrongState(message: string): OstError {
  return new OstError('state', message);
}
