import { open } from 'node:fs/promises';
import { OstError } from '@ost/objects';
import { tooLarge } from '../errors.js';

/** Reads a regular file of at most `limit` bytes. */
export async function readBounded(path: string, limit: number, what: string): Promise<Uint8Array> {
  const handle = await open(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new OstError('io', `${what} ${path} is not a regular file`, { data: { path } });
    if (stat.size > limit) throw tooLarge(`Size of ${what}`, stat.size, limit);
    const bytes = new Uint8Array(stat.size);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await handle.close();
  }
}

/** True for the two errors that mean "absent". */
export function isAbsent(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** An operating system's error as one of ours. */
export function fileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const absent = isAbsent(error);
  return new OstError(absent ? 'not-found' : 'io', absent ? `${path}: No such file or directory` : error.message, {
    cause: error,
    data: { path },
  });
}
