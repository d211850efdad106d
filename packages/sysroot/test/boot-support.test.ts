import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { installBootSupport } from '@ost/sysroot';
import { scratch } from './oracle.js';

function tree(): string {
  const dir = scratch();
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const UNIT = 'usr/lib/systemd/system/ostree-finalize-staged.service';

describe('boot support', () => {
  it('goes into a tree once', () => {
    const root = tree();
    const written = installBootSupport(root);
    expect(written).toContain('usr/lib/ostree/ostree-prepare-root');
    expect(installBootSupport(root)).toEqual([]);
    for (const name of written) {
      const text = fs.readFileSync(join(root, name), 'utf8');
      expect(text).not.toContain('@command@');
      const script = text.startsWith('#!');
      expect(fs.statSync(join(root, name)).mode & 0o7777).toBe(script ? 0o755 : 0o644);
      if (!script) continue;
      const shell = text.startsWith('#!/bin/bash') ? 'bash' : 'sh';
      expect(spawnSync(shell, ['-n', join(root, name)], { encoding: 'utf8' }).stderr).toBe('');
    }
    expect(fs.readFileSync(join(root, UNIT), 'utf8')).toContain('ExecStop=/usr/bin/ost admin finalize-staged\n');
  });

  it('starts the program that it is told', () => {
    const root = tree();
    installBootSupport(root, { command: '/opt/ost/bin/ost' });
    expect(fs.readFileSync(join(root, UNIT), 'utf8')).toContain('ExecStop=/opt/ost/bin/ost admin');
    for (const command of ['ost', '/usr/bin/ost --verbose', '/usr/bin/100%']) {
      expect(() => installBootSupport(root, { command })).toThrow('plain absolute path');
    }
  });

  it("replaces other boot support only when told to, and never the tree's configuration", () => {
    const root = tree();
    fs.mkdirSync(join(root, 'usr/lib/ostree'), { recursive: true });
    fs.writeFileSync(join(root, 'usr/lib/ostree/ostree-remount'), 'libostree');
    fs.writeFileSync(join(root, 'usr/lib/ostree/prepare-root.conf'), '[etc]\ntransient=true\n');
    expect(() => installBootSupport(root)).toThrow('ostree-remount: the tree has other boot support already');
    expect(fs.existsSync(join(root, UNIT))).toBe(false);
    expect(installBootSupport(root, { force: true })).toContain('usr/lib/ostree/ostree-remount');
    expect(fs.readFileSync(join(root, 'usr/lib/ostree/prepare-root.conf'), 'utf8')).toContain('transient');
  });

  it.each(['etc', 'usr/etc'])('adds its script to a grub-mkconfig that has others in %s', (etc) => {
    const root = tree();
    const link = `${etc}/grub.d/15_ostree`;
    fs.mkdirSync(join(root, etc, 'grub.d'), { recursive: true });
    const written = installBootSupport(root);
    expect(written).toContain('usr/lib/ostree/grub2-15_ostree');
    expect(written.at(-1)).toBe(link);
    expect(fs.readlinkSync(join(root, link))).toBe('/usr/lib/ostree/grub2-15_ostree');
    expect(installBootSupport(root)).toEqual([]);
  });

  it('does not follow links out of the tree', () => {
    const root = tree();
    const outside = tree();
    fs.mkdirSync(join(root, 'usr'));
    fs.symlinkSync(outside, join(root, 'usr/lib'));
    expect(() => installBootSupport(root)).toThrow('usr/lib is not a directory of the tree');
    const other = tree();
    fs.mkdirSync(join(outside, 'grub.d'));
    fs.symlinkSync(outside, join(other, 'etc'));
    expect(() => installBootSupport(other)).toThrow('etc is not a directory of the tree');
    expect(fs.readdirSync(other)).toEqual(['etc']);
    expect(fs.readdirSync(join(outside, 'grub.d'))).toEqual([]);
  });
});
