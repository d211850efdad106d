import { createRequire, syncBuiltinESMExports } from 'node:module';
import type * as Fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { deploy, pin } from '@ost/sysroot';
import { Fixture } from './fixture.js';

// The one object that every module's view of node:fs is made from.
const fs = createRequire(import.meta.url)('node:fs') as typeof Fs;

async function deployed(): Promise<{ fixture: Fixture; path: string }> {
  const fixture = await Fixture.create();
  const sysroot = await fixture.open();
  await fixture.commit(sysroot.repo, 'main');
  await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
  return { fixture, path: sysroot.deployments[0]?.path ?? '' };
}

const again = async (fixture: Fixture): Promise<unknown> => {
  const sysroot = await fixture.open();
  return sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
};

describe('a damaged system root', () => {
  it('is described by the file that is wrong', async () => {
    const { fixture, path } = await deployed();
    const entry = join(fixture.root, 'boot/loader/entries/ostree-9-odd.conf');
    fs.writeFileSync(entry, Buffer.from('title \xff\n', 'latin1'));
    await expect(fixture.open()).rejects.toThrow('loading sysroot: Parsing ostree-9-odd.conf: Invalid UTF-8');
    fs.rmSync(entry);
    fs.symlinkSync('nowhere', entry);
    await expect(fixture.open()).rejects.toThrow(`loading sysroot: stat(${fixture.root}/boot/loader.1/entries/`);
    fs.rmSync(entry);
    fs.writeFileSync(entry, 'version 9\noptions ostree=/ostree/boot.1/testos/none/0\n');
    await expect(fixture.open()).rejects.toThrow(/in stateroot 'testos': readlink\(.*\/none\/0\): No such file/);
    fs.rmSync(entry);
    fs.renameSync(join(path, 'usr/etc'), join(path, 'usr/gone'));
    await expect(again(fixture)).rejects.toThrow(`During /etc merge: scandir(${path}/usr/etc): No such file`);
  });

  it('keeps an origin that is no text as it is', async () => {
    const { fixture, path } = await deployed();
    const bytes = Buffer.from('[origin]\nrefspec=\xff\xfe\n', 'latin1');
    fs.writeFileSync(`${path}.origin`, bytes);
    await expect(fixture.open()).rejects.toThrow(/Parsing ostree\/deploy\/.*\.origin: Invalid UTF-8/);
    fs.writeFileSync(`${path}.origin`, '[origin]\nrefspec=main\nforeign=1\n');
    const sysroot = await fixture.open();
    await sysroot.withLock(async () => pin(sysroot, 0));
    expect(fs.readFileSync(`${path}.origin`, 'utf8')).toContain('foreign=1\n');
  });

  it('is not written to when its /boot is vfat', async () => {
    const { fixture } = await deployed();
    const before = fs.readdirSync(join(fixture.root, 'ostree/deploy/testos/deploy'));
    const real = fs.statfsSync;
    const vfat = { type: 0x4d44 } as Fs.StatsFs;
    const statfs = vi.spyOn(fs, 'statfsSync').mockImplementation((path: Fs.PathLike, options?: Fs.StatFsOptions) => {
      return path === join(fixture.root, 'boot') ? vfat : real(path, options);
    });
    syncBuiltinESMExports();
    onTestFinished(() => {
      statfs.mockRestore();
      syncBuiltinESMExports();
    });
    await expect(again(fixture)).rejects.toThrow('/boot cannot currently be a vfat filesystem');
    expect(fs.readdirSync(join(fixture.root, 'ostree/deploy/testos/deploy'))).toEqual(before);
  });

  it.each([
    ['bls-append-except-default', 'a', 'bls-append-except-default key must be of the form'],
    ['boot-counting-tries', '6', 'Parsing sysroot.boot-counting-tries: '],
    ['bootprefix', 'perhaps', 'bootprefix'],
  ])('is refused with sysroot.%s=%s before anything is done', async (key, value, text) => {
    const { fixture } = await deployed();
    await fixture.configure(key, value);
    await expect(fixture.open()).rejects.toThrow(/^loading sysroot: opening repo: /);
    await expect(fixture.open()).rejects.toThrow(text);
  });
});
