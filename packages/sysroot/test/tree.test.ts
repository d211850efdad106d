import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findKernel, formatBootLink, insertDeployment, parseBootLink, parseOsRelease, systemName } from '@ost/sysroot';
import { BootConfig } from '@ost/bootloader';
import { toChecksum } from '@ost/objects';
import { Deployment, originFor } from '@ost/sysroot';
import { scratch, write } from './oracle.js';

const sum = (text: string): string => createHash('sha256').update(text).digest('hex');

function tree(files: Record<string, string>): string {
  const dir = scratch();
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  write(dir, files);
  return dir;
}

describe('finding the kernel', () => {
  const M = 'usr/lib/modules/6.1';

  it('hashes kernel, initramfs and device tree', () => {
    const found = findKernel(
      tree({
        [`${M}/vmlinuz`]: 'k',
        [`${M}/initramfs.img`]: 'i',
        [`${M}/devicetree`]: 'd',
        [`${M}/dtb/x`]: 'not used',
      }),
    );
    expect(found.bootChecksum).toBe(sum('kid'));
    expect([found.kernel.installed, found.initramfs?.installed, found.devicetree?.installed, found.dtb]).toEqual([
      'vmlinuz-6.1',
      'initramfs-6.1.img',
      'devicetree-6.1',
      undefined,
    ]);
  });

  it('hashes a directory of device trees in order', () => {
    const dir = tree({
      [`${M}/vmlinuz`]: 'k',
      [`${M}/initramfs`]: 'i',
      [`${M}/dtb/b.dtb`]: '2',
      [`${M}/dtb/a/x.dtb`]: '1',
      [`${M}/dtb/dangling`]: '-> /ENOENT',
      [`${M}/.vmlinuz.hmac`]: 'not hashed',
    });
    expect(findKernel(dir).bootChecksum).toBe(sum('ki12'));
    expect(findKernel(dir, { noDtb: true }).bootChecksum).toBe(sum('ki'));
    expect(findKernel(dir).hmac?.installed).toBe('.vmlinuz-6.1.hmac');
  });

  it('takes the old places, and prefers them for their initramfs', () => {
    const c = sum('any');
    const legacy = {
      [`usr/lib/ostree-boot/vmlinuz-6.0-${c}`]: 'k',
      [`usr/lib/ostree-boot/initramfs-6.0.img-${c}`]: 'i',
    };
    const found = findKernel(tree(legacy));
    expect([found.bootChecksum, found.kernel.installed, found.initramfs?.installed]).toEqual([
      c,
      'vmlinuz-6.0',
      'initramfs-6.0.img',
    ]);
    expect(findKernel(tree({ ...legacy, [`${M}/vmlinuz`]: 'k' })).bootChecksum).toBe(c);
    expect(findKernel(tree({ ...legacy, [`${M}/vmlinuz`]: 'k', [`${M}/initramfs.img`]: 'i' })).bootChecksum).toBe(
      sum('ki'),
    );
    const wrong = tree({ [`boot/vmlinuz-6.0-${c}`]: 'k', [`boot/initramfs-6.0.img-${sum('other')}`]: 'i' });
    expect(() => findKernel(wrong)).toThrow('Mismatched kernel checksum vs initrd');
  });

  it('says where it looked', () => {
    expect(() => findKernel(tree({ 'usr/lib/modules/6.1/other': '' }))).toThrow(
      'Failed to find kernel in /usr/lib/modules, /usr/lib/ostree-boot or /boot',
    );
  });
});

describe('the name of a system', () => {
  it('unquotes as a shell would', () => {
    const values = parseOsRelease(
      `# x\nA=plain\nB="with \\"quotes\\" and \\$x"\nC='it'"'"'s'\nD=bad"\nnothing\nE=a\\ b\nF=\n`,
    );
    expect([...values]).toEqual([
      ['A', 'plain'],
      ['B', 'with "quotes" and $x'],
      ['C', "it's"],
      ['E', 'a b'],
      ['F', ''],
    ]);
  });

  it('is looked for in /usr/lib, then in /etc', () => {
    expect(systemName(tree({ 'usr/lib/os-release': 'ID=x\n', 'etc/os-release': 'PRETTY_NAME=y\n' }))).toBe('x');
    expect(systemName(tree({ 'etc/os-release': 'ID=x\nPRETTY_NAME="Y 1"\n' }))).toBe('Y 1');
    expect(() => systemName(tree({ 'etc/os-release': 'NAME=x\n' }))).toThrow('No PRETTY_NAME or ID in /etc/os-release');
    expect(() => systemName(tree({}))).toThrow('Reading /etc/os-release');
  });
});

describe('boot links', () => {
  it('are read and written', () => {
    const link = { bootversion: 1, os: 'my-os', bootChecksum: 'abc', bootSerial: 3 };
    expect(parseBootLink(formatBootLink(link))).toEqual(link);
    expect(() => parseBootLink('/ostree/boot.2/os/abc/0')).toThrow('Invalid ostree= argument');
  });
});

describe('the list with a new deployment', () => {
  const make = (os: string, serial: number, pinned = false): Deployment => {
    const origin = originFor('x');
    if (pinned) origin.setBoolean('libostree-transient', 'pinned', true);
    const checksum = toChecksum(sum('c'));
    const path = `/nowhere/${os}.${serial}`;
    return new Deployment({
      os,
      checksum,
      serial,
      bootChecksum: '',
      bootSerial: 0,
      bootConfig: new BootConfig(),
      origin,
      index: 0,
      path,
    });
  };
  const [a0, a1, a2, b0] = [make('a', 0), make('a', 1), make('a', 2), make('b', 0)];
  const fresh = make('a', 9);
  const names = (list: Deployment[]): string[] => list.map((one) => `${one.os}${one.serial}`);

  it.each([
    ['keeps the merge deployment and other systems', { mergeFrom: a0 }, null, ['a9', 'a0', 'b0']],
    ['keeps nothing of the system without one', {}, null, ['a9', 'b0']],
    ['keeps the running one', { mergeFrom: a1 }, a1, ['a9', 'a1', 'b0']],
    ['retains all', { retain: true, mergeFrom: a0 }, null, ['a9', 'a0', 'a1', 'b0', 'a2']],
    ['retains the pending ones', { retainPending: true, mergeFrom: a1 }, a1, ['a9', 'a0', 'a1', 'b0']],
    ['retains the rollback ones', { retainRollback: true, mergeFrom: a1 }, a1, ['a9', 'a1', 'b0', 'a2']],
    ['places after the merge deployment', { notDefault: true, mergeFrom: a0 }, null, ['a0', 'a9', 'b0']],
    ['places last without one', { notDefault: true }, null, ['b0', 'a9']],
    ['retains all when there is nothing to tell by', { retainPending: true }, null, ['a9', 'a0', 'a1', 'b0', 'a2']],
  ] as const)('%s', (_, options, booted, expected) => {
    expect(names(insertDeployment([a0, a1, b0, a2], booted, fresh, options))).toEqual(expected);
  });

  it('never drops a pinned one', () => {
    expect(names(insertDeployment([a0, make('a', 5, true)], null, fresh, { mergeFrom: a0 }))).toEqual([
      'a9',
      'a0',
      'a5',
    ]);
  });
});
