import { constants } from 'node:os';
import { LinuxError } from '@ost/linux';

const { errno } = constants;

/** An answer that is an error number. */
export class Refusal extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`);
  }
}

/** The refusal of what would change a shared file. */
export const readOnly = (): Refusal => new Refusal(errno.EROFS);

/** The positive error number of whatever was thrown; EIO for what no system call said. */
export function errnoFor(error: unknown): number {
  if (error instanceof Refusal) return error.errno;
  if (error instanceof LinuxError) return error.errno || errno.EIO;
  const number = (error as NodeJS.ErrnoException | null)?.errno;
  return typeof number === 'number' && number < 0 ? -number : errno.EIO;
}
