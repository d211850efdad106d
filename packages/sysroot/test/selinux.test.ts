import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lgetxattr, lsetxattr } from '@ost/linux';
import { fsck } from '@ost/repo';
import { deploy, ensureLabeled } from '@ost/sysroot';
import { Fixture } from './fixture.js';

const POLICY = 'usr/etc/selinux/example';
const FILES = {
  'usr/etc/selinux/config': 'SELINUX=enforcing\nSELINUXTYPE=example\n',
  [`${POLICY}/policy/policy.33`]: 'binary',
  [`${POLICY}/contexts/files/file_contexts`]: [
    '/ -d system_u:object_r:root_t:s0',
    '/usr(/.*)? system_u:object_r:usr_t:s0',
    '/usr/bin/.* -- system_u:object_r:bin_t:s0',
    '/var(/.*)? system_u:object_r:var_t:s0',
    '/etc/.* <<none>>',
    '',
  ].join('\n'),
};

const label = (path: string): string | null => {
  const value = lgetxattr(path, 'security.selinux');
  return value === null ? null : Buffer.from(value).toString().replace(/\0$/, '');
};

function canLabel(dir: string): boolean {
  const probe = join(dir, 'probe');
  fs.writeFileSync(probe, '');
  try {
    lsetxattr(probe, 'security.selinux', Buffer.from('system_u:object_r:usr_t:s0\0'));
    return true;
  } catch {
    return false;
  }
}

describe('SELinux labels', () => {
  it('come from the policy in the deployment, and spare the repository', async () => {
    const fixture = await Fixture.create('disk');
    if (!canLabel(fixture.dir)) return console.log('skipped: no labels can be set here');
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'main', { files: FILES });
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    expect(label(join(fixture.root, 'ostree/deploy/testos/var'))).toBe('system_u:object_r:var_t:s0');

    const { path } = sysroot.deployments[0] as { path: string };
    const shell = join(path, 'usr/bin/sh');
    expect(label(shell)).toBe(null);
    lsetxattr(join(path, 'usr/lib'), 'security.selinux', Buffer.from('system_u:object_r:kept_t:s0\0'));
    const seen: string[] = [];
    let name = '';
    const result = ensureLabeled(sysroot, {
      onPolicy: (policy) => (name = policy),
      onLabel: (file, as, text) => seen.push(`${file.slice(path.length)} ${as} ${text}`),
    });
    expect(result).toBe(null);
    expect(name).toBe('example');
    expect(seen).toContain('/usr/bin/sh /usr/bin/sh system_u:object_r:bin_t:s0');
    expect(label(shell)).toBe('system_u:object_r:bin_t:s0');
    expect(label(path)).toBe('system_u:object_r:root_t:s0');
    expect(label(join(path, 'usr/lib'))).toBe('system_u:object_r:kept_t:s0');
    expect(label(join(path, 'etc/os-release'))).toBe(null);
    // The object that the file was a link to is as it was.
    expect(fs.statSync(shell).nlink).toBe(1);
    const { corrupt } = await fsck((await fixture.open()).repo);
    expect(corrupt).toBe(false);

    seen.length = 0;
    ensureLabeled(sysroot, { onLabel: (file) => seen.push(file) });
    expect(seen).toEqual([]);
  });

  it('are not there without a policy', async () => {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'main');
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    expect(ensureLabeled(sysroot)).toBe(sysroot.deployments[0]?.path);
  });
});
