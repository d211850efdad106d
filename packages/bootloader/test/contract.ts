import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BootConfig, type Bootloader, type BootloaderSetting, selectBootloader } from '@ost/bootloader';
import { put, rootWith } from './scratch.js';

/** What a backend's author says about it, for {@link bootloaderContract}. Paths are relative to the root. */
export type BackendUnderTest = {
  readonly backend: () => Bootloader;
  readonly setting: BootloaderSetting;
} & (NativeBackend | InstallerBackend);

/** It is found by its configuration, and writes one. */
interface NativeBackend {
  /** Files that make `query` say yes. */
  readonly activate: Readonly<Record<string, string>>;
  /** The configuration that is written for bootversion 1. */
  readonly output: string;
  /** Where the configuration before it is kept, when it is not atomic. */
  readonly backup?: string;
}

/** It is configured, and a program of its own installs what is needed after the swap. */
interface InstallerBackend {
  /** What tells the next swap that this program has not run. */
  readonly stamp: string;
}

const entry = (index: number): BootConfig =>
  BootConfig.from([
    ['title', `TestOS (ostree:${index})`],
    ['version', String(2 - index)],
    ['options', `quiet ostree=/ostree/boot.0/testos/abc/${index}`],
    ['linux', '/ostree/testos-abc/vmlinuz-1'],
    ['initrd', '/ostree/testos-abc/initramfs-1.img'],
  ]);

const filesIn = (root: string): string[] =>
  readdirSync(join(root, 'boot'), { recursive: true, encoding: 'utf8' }).map((path) => `boot/${path}`);

/** The rules that every backend keeps. */
export function bootloaderContract(name: string, subject: BackendUnderTest): void {
  const activate = 'activate' in subject ? subject.activate : {};
  const [output, backup] = 'output' in subject ? [subject.output, subject.backup] : [subject.stamp, undefined];
  const { backend, setting } = subject;

  /** A root that boots bootversion 0. */
  function inUse(): string {
    const root = rootWith(activate);
    put(root, 'boot/loader.0/entries/keep', 'active');
    put(root, 'boot/loader.1/entries/keep', '');
    return root;
  }

  describe(`${name} (contract)`, () => {
    it('is found where it is in use, and only there', async () => {
      expect(await backend().query(rootWith())).toBe(false);
      const root = inUse();
      const found = 'activate' in subject;
      expect(await backend().query(root)).toBe(found);
      expect((await selectBootloader(root, 'auto'))?.name).toBe(found ? backend().name : undefined);
      expect((await selectBootloader(root, setting))?.name).toBe(backend().name);
      expect(await selectBootloader(root, 'none')).toBeNull();
    });

    it('writes one file of mode 0644 and leaves the active bootversion alone, as often as it is asked', async () => {
      const root = inUse();
      const before = new Set([...filesIn(root), output]);
      const request = { root, bootversion: 1, entries: [entry(0), entry(1)] };
      await backend().writeConfig(request);
      const text = readFileSync(join(root, output), 'utf8');
      await backend().writeConfig(request);
      expect(readFileSync(join(root, output), 'utf8')).toBe(text);
      expect(filesIn(root).filter((path) => !before.has(path))).toEqual(backup === undefined ? [] : [backup]);
      expect(statSync(join(root, output)).mode & 0o7777).toBe(0o644);
      expect(readFileSync(join(root, 'boot/loader.0/entries/keep'), 'utf8')).toBe('active');
    });

    it('says whether its configuration changes together with the entries', async () => {
      expect(await backend().isAtomic(inUse())).toBe(backup === undefined);
    });

    it.runIf('activate' in subject)('leaves all as it was when an entry has no kernel', async () => {
      const root = inUse();
      const before = filesIn(root);
      const bad = BootConfig.from([['title', 'no kernel']]);
      await expect(backend().writeConfig({ root, bootversion: 1, entries: [entry(0), bad] })).rejects.toThrow();
      expect(filesIn(root)).toEqual(before);
      if (existsSync(join(root, output))) expect(readFileSync(join(root, output), 'utf8')).toBe(activate[output]);
    });
  });
}
