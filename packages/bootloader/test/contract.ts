import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BootConfig, type Bootloader, selectBootloader } from '@ost/bootloader';
import { put, rootWith } from './scratch.js';

/** What a backend's author says about it, for {@link bootloaderContract}. */
export interface BackendUnderTest {
  backend: () => Bootloader;
  /** Files that make `query` say yes. */
  activate: Record<string, string>;
  /** The native configuration, relative to `boot/loader.N`. */
  output: string;
}

const entry = (index: number): BootConfig =>
  BootConfig.from([
    ['title', `TestOS (ostree:${index})`],
    ['version', String(2 - index)],
    ['options', `quiet ostree=/ostree/boot.0/testos/abc/${index}`],
    ['linux', '/ostree/testos-abc/vmlinuz-1'],
    ['initrd', '/ostree/testos-abc/initramfs-1.img'],
  ]);

/** The rules that every backend keeps. */
export function bootloaderContract(name: string, subject: BackendUnderTest): void {
  describe(`${name} (contract)`, () => {
    it('is found where it is in use, and only there', async () => {
      expect(await subject.backend().query(rootWith())).toBe(false);
      const root = rootWith(subject.activate);
      expect(await subject.backend().query(root)).toBe(true);
      expect((await selectBootloader(root, 'auto'))?.name).toBe(subject.backend().name);
      expect(await selectBootloader(root, 'none')).toBeNull();
    });

    it('writes the idle bootversion only, with mode 0644 and no leftovers', async () => {
      const root = rootWith(subject.activate);
      put(root, 'boot/loader.1/entries/keep', '');
      const before = new Set(readdirSync(join(root, 'boot'), { recursive: true, encoding: 'utf8' }));
      await subject.backend().writeConfig({ root, bootversion: 1, entries: [entry(0), entry(1)] });
      const after = readdirSync(join(root, 'boot'), { recursive: true, encoding: 'utf8' });
      expect(after.filter((path) => !before.has(path))).toEqual([`loader.1/${subject.output}`]);
      expect(await subject.backend().isAtomic(root)).toBe(true);
    });

    it('leaves nothing behind when an entry has no kernel', async () => {
      const root = rootWith(subject.activate);
      put(root, 'boot/loader.1/entries/keep', '');
      const bad = BootConfig.from([['title', 'no kernel']]);
      await expect(subject.backend().writeConfig({ root, bootversion: 1, entries: [bad] })).rejects.toThrow();
      expect(existsSync(join(root, 'boot/loader.1', subject.output))).toBe(false);
    });
  });
}
