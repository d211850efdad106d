import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Whether the suites may make files of other users. */
export const isRoot = process.getuid?.() === 0;

/**
 * Makes a directory that goes away with the suite. It is below `/var/tmp`, as `/tmp` is often in memory and has no
 * extended attributes there; `memory` is for suites that flush a lot and need none.
 */
export function scratch(name: string, where: 'disk' | 'memory' = 'disk'): string {
  const memory = where === 'memory' && existsSync('/dev/shm') ? '/dev/shm' : undefined;
  const base = memory ?? process.env['OST_INTEROP_TMP'] ?? (process.platform === 'linux' ? '/var/tmp' : tmpdir());
  const path = mkdtempSync(join(base, `ost-interop-${name}-`));
  afterAll(() => {
    if (process.env['OST_INTEROP_KEEP'] !== undefined) return;
    spawnSync('chattr', ['-R', '-i', path], { stdio: 'ignore' });
    spawnSync('chmod', ['-R', 'u+rwX', path], { stdio: 'ignore' });
    spawnSync('rm', ['-rf', path], { stdio: 'ignore' });
  });
  return path;
}

let count = 0;

/** A name that this process has not used. */
export const fresh = (name: string): string => `${name}-${++count}`;
