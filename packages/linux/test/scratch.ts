import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, type TestContext } from 'vitest';
import { isLinuxError } from '@ost/linux';

/** A scratch directory, removed after the file's tests. `/var/tmp` is on a disk more often than `/tmp` is. */
export function scratch(base: string = tmpdir()): string {
  const dir = mkdtempSync(join(base, 'ost-linux-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs a body; when the kernel or file system cannot do it, prints why and skips the test. */
export function orSkip(context: TestContext, codes: string[], body: () => void): void {
  try {
    body();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!codes.includes(code) && !(isLinuxError(error) && error.code === 'unsupported')) throw error;
    console.log(`skipped: ${context.task.name}: ${(error as Error).message}`);
    context.skip();
  }
}
