import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BootConfig, compareVersions, parseBootCount, readBootEntries } from '@ost/bootloader';
import { rootWith } from './scratch.js';

const ENTRY = `title TestOS 42 1.0.9 (ostree:0)
version 1
options root=LABEL=MOO quiet ostree=/ostree/boot.1/testos/abc/0
linux /ostree/testos-abc/vmlinuz-3.6.0
initrd /ostree/testos-abc/initramfs-3.6.0.img
`;

describe('boot entries', () => {
  it('reads and writes the same bytes', () => {
    const config = BootConfig.parse(ENTRY);
    expect(config.get('version')).toBe('1');
    expect(config.get('linux')).toBe('/ostree/testos-abc/vmlinuz-3.6.0');
    expect(config.serialize()).toBe(ENTRY);
  });

  it('keeps unknown keys, in order, after the known ones', () => {
    const text = 'zeta 1\nlinux /l\naboot /a\ntitle T\nalpha x y\n';
    expect(BootConfig.parse(text).serialize()).toBe('title T\nlinux /l\nzeta 1\naboot /a\nalpha x y\n');
  });

  it('follows the line rules', () => {
    const text = '# comment\n title x\n9 y\nnoseparator\ntitle\tTab\ntitle  two blanks\noptions \nkey_1 v';
    const config = BootConfig.parse(text);
    expect(config.entries()).toEqual([
      ['title', ' two blanks'],
      ['options', ''],
      ['key_1', 'v'],
    ]);
  });

  it('takes further initrd lines as overlays', () => {
    const config = BootConfig.parse('initrd /a\ninitrd /b\ninitrd /c\nlinux /l\n');
    expect(config.get('initrd')).toBe('/a');
    expect(config.overlayInitrds).toEqual(['/b', '/c']);
    expect(config.serialize()).toBe('linux /l\ninitrd /a\ninitrd /b\ninitrd /c\n');
    const copy = config.clone();
    copy.overlayInitrds.pop();
    copy.set('linux', '/other');
    expect(config.serialize()).toBe('linux /l\ninitrd /a\ninitrd /b\ninitrd /c\n');
  });

  it('wants UTF-8', () => {
    expect(() => BootConfig.parse(new Uint8Array([0x61, 0x20, 0xff]))).toThrow('UTF-8');
  });

  it('accepts any text, and its own output unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const once = BootConfig.parse(text).serialize();
        expect(BootConfig.parse(once).serialize()).toBe(once);
      }),
    );
  });
});

describe('the directory of entries', () => {
  it('reads every name, highest version first', () => {
    const dir = 'boot/loader.1/entries';
    const root = rootWith({
      [`${dir}/ostree-1-testos.conf`]: 'version 9\n',
      [`${dir}/ostree-2.conf`]: 'version 10\n',
      [`${dir}/ostree-none.conf`]: 'title no version\n',
      [`${dir}/ostree-3+2-1.conf`]: 'version 11\n',
      [`${dir}/other.conf`]: 'version 99\n',
      [`${dir}/ostree-4.conf.bak`]: 'version 99\n',
      elsewhere: 'version 12\n',
    });
    symlinkSync(join(root, 'elsewhere'), join(root, dir, 'ostree-link.conf'));
    expect(readBootEntries(root, 1).map((entry) => entry.name)).toEqual([
      'ostree-link.conf',
      'ostree-3+2-1.conf',
      'ostree-2.conf',
      'ostree-1-testos.conf',
      'ostree-none.conf',
    ]);
    expect(readBootEntries(root, 0)).toEqual([]);
  });

  it.each([
    ['ostree-1.conf', 0, 0],
    ['ostree-1+3.conf', 3, 0],
    ['ostree-1+3-2.conf', 3, 2],
    ['ostree-1+-3.conf', 0, 0],
    ['ostree-1+x.conf', 0, 0],
  ])('counts boots in %s', (name, left, done) => {
    expect(parseBootCount(name)).toEqual({ left, done });
  });
});

describe('version order', () => {
  it('is that of strverscmp', () => {
    const sorted = ['', '000', '00', '01', '010', '09', '0', '1', '9', '10', 'a', 'a1', 'a2', 'a10', 'ab'];
    for (const [i, a] of sorted.entries()) {
      for (const [j, b] of sorted.entries()) expect([a, b, compareVersions(a, b)]).toEqual([a, b, Math.sign(i - j)]);
    }
  });
});
