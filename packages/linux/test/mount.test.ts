import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scratch } from './scratch.js';

const dir = scratch();

/** Runs a script in a process of its own: a mount namespace is for ever. */
function child(script: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
}

describe('mounts', () => {
  it('mounts, remounts and unmounts in a namespace of its own', (context) => {
    mkdirSync(`${dir}/m`);
    const out = child(`
      import { existsSync, writeFileSync } from 'node:fs';
      import { MNT_DETACH, MS, isLinuxError, mount, statvfs, umount, unshareMounts } from '@ost/linux';
      const m = ${JSON.stringify(`${dir}/m`)};
      try {
        unshareMounts();
      } catch (error) {
        console.log('refused ' + error.code);
        process.exit(0);
      }
      mount({ target: '/', flags: MS.REC | MS.PRIVATE });
      mount({ source: 'tmpfs', target: m, type: 'tmpfs', flags: MS.NODEV, data: 'size=64k' });
      writeFileSync(m + '/inside', '');
      mount({ target: m, flags: MS.REMOUNT | MS.RDONLY });
      console.log('readOnly ' + statvfs(m).readOnly);
      umount(m);
      console.log('inside ' + existsSync(m + '/inside'));
      try { umount(m, MNT_DETACH); } catch (error) { console.log(isLinuxError(error, 'EINVAL')); }
    `).trim();
    if (out.startsWith('refused')) {
      console.log(`skipped: mount namespaces ${out}`);
      context.skip();
    }
    expect(out.split('\n')).toEqual(['readOnly true', 'inside false', 'true']);
  });
});

describe('loading', () => {
  it('loads nothing at import, and says what is missing elsewhere', () => {
    const out = child(`
      const before = process.report === undefined ? 0 : Object.keys(process.moduleLoadList ?? {}).length;
      const { llistxattr } = await import('@ost/linux');
      const { createRequire } = await import('node:module');
      const cache = Object.keys(createRequire(import.meta.url || 'file:///').cache).filter((p) => p.includes('koffi'));
      console.log(cache.length);
      Object.defineProperty(process, 'platform', { value: 'sunos' });
      try { llistxattr('/'); } catch (error) { console.log(error.name, error.code, error.errno); }
    `).trim();
    expect(out.split('\n')).toEqual(['0', 'LinuxError unsupported 0']);
  });
});
