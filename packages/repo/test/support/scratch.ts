import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { lsetxattr } from '@ost/linux';

/** True when the tests may change owners and make devices. */
export const isRoot: boolean = process.geteuid?.() === 0;

const made: string[] = [];

/** Where scratch directories are made: in memory where that holds user xattrs, since flushing a busy disk is slow. */
export const base: string = holdsXattrs('/dev/shm') ? '/dev/shm' : tmpdir();

function holdsXattrs(directory: string): boolean {
  const probe = join(directory, `ost-repo-probe-${process.pid}`);
  try {
    fs.writeFileSync(probe, '');
    lsetxattr(probe, 'user.probe', new Uint8Array(1));
    return true;
  } catch {
    return false;
  } finally {
    fs.rmSync(probe, { force: true });
  }
}

/** A scratch directory, removed after the test. */
export function scratch(): string {
  const dir = keptScratch();
  made.push(dir);
  return dir;
}

// Files that are imported at the top level register this once for each test file.
afterEach(() => {
  for (const dir of made.splice(0)) fs.rmSync(dir, { recursive: true, force: true });
});

/** A scratch directory that the caller removes. */
export function keptScratch(): string {
  return fs.mkdtempSync(join(base, 'ost-repo-'));
}

/** Waits until what has changed a moment ago has an identity for the memories in `tmp/cache`. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: string; data?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection');
}

/** Writes files below a directory; a value `-> TARGET` makes a symlink, a name ending in `/` a directory. */
export function write(root: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  fs.mkdirSync(root, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    fs.mkdirSync(name.endsWith('/') ? path : join(path, '..'), { recursive: true });
    if (name.endsWith('/')) continue;
    if (typeof content === 'string' && content.startsWith('-> ')) fs.symlinkSync(content.slice(3), path);
    else fs.writeFileSync(path, content);
  }
  return root;
}
