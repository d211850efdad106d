import { chmodSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  aboot,
  BootConfig,
  grub2,
  grubMenu,
  parseBootloaderSetting,
  selectBootloader,
  standaloneGrubConfig,
  syslinux,
  uboot,
  zipl,
} from '@ost/bootloader';
import { bootloaderContract } from './contract.js';
import { put, rootWith } from './scratch.js';

/** A program in the place of a generator or an installer. */
function generator(dir: string, script: string): string {
  const path = join(dir, 'generator');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const entry = (title: string, kernel: string, extra: [string, string][] = []): BootConfig =>
  BootConfig.from([
    ['title', title],
    ['options', `root=LABEL=MOO quiet ostree=/ostree/boot.1/testos/${kernel}/0`],
    ['linux', `/ostree/testos-${kernel}/vmlinuz-3.6.0`],
    ['initrd', `/ostree/testos-${kernel}/initramfs-3.6.0.img`],
    ...extra,
  ]);

bootloaderContract('syslinux', {
  backend: () => syslinux,
  setting: 'syslinux',
  activate: { 'boot/syslinux/syslinux.cfg': 'TIMEOUT 50\n' },
  output: 'boot/loader.1/syslinux.cfg',
});

bootloaderContract('U-Boot', {
  backend: () => uboot,
  setting: 'uboot',
  activate: { 'boot/loader/uEnv.txt': '' },
  output: 'boot/loader.1/uEnv.txt',
});

bootloaderContract('GRUB on BIOS', {
  backend: () => grub2(),
  setting: 'grub2',
  activate: { 'boot/grub2/grub.cfg': '' },
  output: 'boot/loader.1/grub.cfg',
});

bootloaderContract('GRUB on EFI', {
  backend: () => grub2(),
  setting: 'grub2',
  activate: { 'boot/efi/EFI/vendor/grub.cfg': 'old' },
  output: 'boot/efi/EFI/vendor/grub.cfg',
  backup: 'boot/efi/EFI/vendor/grub.cfg.old',
});

bootloaderContract('zipl', { backend: () => zipl(), setting: 'zipl', stamp: 'boot/ostree-bootloader-update.stamp' });

bootloaderContract('aboot', { backend: () => aboot(), setting: 'aboot', stamp: 'boot/ostree-bootloader-update.stamp' });

describe('syslinux', () => {
  it('keeps foreign blocks and rewrites its own', async () => {
    const foreign = 'TIMEOUT 50\n\nLABEL memtest\n\tKERNEL /boot/memtest.bin\n\tAPPEND x=1\n';
    const root = rootWith({ 'boot/loader.0/syslinux.cfg': foreign, 'boot/loader.1/x': '', 'boot/syslinux/x': '' });
    symlinkSync('loader.0', join(root, 'boot/loader'));
    symlinkSync('../loader/syslinux.cfg', join(root, 'boot/syslinux/syslinux.cfg'));
    await syslinux.writeConfig({ root, bootversion: 1, entries: [entry('TestOS 42 (ostree:0)', 'b1')] });
    const ours = (kernel: string): string =>
      `LABEL TestOS 42 (ostree:0)\n\tKERNEL /boot/ostree/testos-${kernel}/vmlinuz-3.6.0\n` +
      `\tINITRD /boot/ostree/testos-${kernel}/initramfs-3.6.0.img\n` +
      `\tAPPEND root=LABEL=MOO quiet ostree=/ostree/boot.1/testos/${kernel}/0\n`;
    const first = readFileSync(join(root, 'boot/loader.1/syslinux.cfg'), 'utf8');
    expect(first).toBe(`${foreign}DEFAULT TestOS 42 (ostree:0)\n${ours('b1')}`);
    expect(statSync(join(root, 'boot/loader.1/syslinux.cfg')).mode & 0o777).toBe(0o644);

    writeFileSync(join(root, 'boot/loader.0/syslinux.cfg'), first);
    const entries = [entry('TestOS 42 (ostree:0)', 'b2', [['devicetree', '/ostree/testos-b2/dt']])];
    await syslinux.writeConfig({ root, bootversion: 1, entries, bootprefix: true });
    const second = readFileSync(join(root, 'boot/loader.1/syslinux.cfg'), 'utf8');
    const plain = ours('b2')
      .replaceAll('/boot/ostree', '/ostree')
      .replace('\tAPPEND', '\tDEVICETREE /ostree/testos-b2/dt\n\tAPPEND');
    expect(second).toBe(`${foreign}DEFAULT TestOS 42 (ostree:0)\n${plain}`);
  });

  it('drops a foreign default without making its own, and refuses a block without kernel', async () => {
    const root = rootWith({ 'boot/syslinux/syslinux.cfg': 'DEFAULT memtest\n', 'boot/loader.1/x': '' });
    await syslinux.writeConfig({ root, bootversion: 1, entries: [entry('T', 'b1')] });
    expect(readFileSync(join(root, 'boot/loader.1/syslinux.cfg'), 'utf8')).not.toContain('DEFAULT');
    put(root, 'boot/syslinux/syslinux.cfg', 'LABEL x\n\tAPPEND y\n');
    await expect(syslinux.writeConfig({ root, bootversion: 1, entries: [] })).rejects.toThrow(
      'No KERNEL argument found after LABEL',
    );
  });
});

describe('U-Boot', () => {
  it('numbers the further entries and adds the variables of the default system', async () => {
    const root = rootWith({
      'boot/loader/uEnv.txt': 'old',
      'boot/loader.0/x': '',
      'ostree/boot.1/testos/bx/0/usr/lib/ostree-boot/uEnv.txt': 'bootcmd_x=load\nfoo=bar\n',
    });
    const entries = [
      entry('A', 'bx', [['devicetree', '/ostree/testos-bx/devicetree-3.6.0']]),
      entry('B', 'by', [['fdtdir', '/ostree/testos-by/dtb']]),
    ];
    await uboot.writeConfig({ root, bootversion: 0, entries });
    expect(readFileSync(join(root, 'boot/loader.0/uEnv.txt'), 'utf8')).toBe(
      `kernel_image=/boot/ostree/testos-bx/vmlinuz-3.6.0
ramdisk_image=/boot/ostree/testos-bx/initramfs-3.6.0.img
fdt_file=/boot/ostree/testos-bx/devicetree-3.6.0
bootargs=root=LABEL=MOO quiet ostree=/ostree/boot.1/testos/bx/0
bootcmd_x=load
foo=bar

kernel_image2=/boot/ostree/testos-by/vmlinuz-3.6.0
ramdisk_image2=/boot/ostree/testos-by/initramfs-3.6.0.img
fdtdir2=/boot/ostree/testos-by/dtb
bootargs2=root=LABEL=MOO quiet ostree=/ostree/boot.1/testos/by/0
`,
    );
    const lost = BootConfig.from([
      ['linux', '/l'],
      ['options', 'quiet'],
    ]);
    await expect(uboot.writeConfig({ root, bootversion: 0, entries: [lost] })).rejects.toThrow('No ostree= kernel');
  });
});

describe('grub2', () => {
  it('runs the generator for BIOS', async () => {
    const root = rootWith({ 'boot/grub2/grub.cfg': '', 'boot/loader.1/x': '' });
    const program = generator(root, 'echo "$1 $_OSTREE_GRUB2_BOOTVERSION [$_OSTREE_GRUB2_IS_EFI]" > "$2"');
    const backend = grub2({ generator: program });
    expect((await selectBootloader(root, 'auto'))?.name).toBe('grub2');
    await backend.writeConfig({ root, bootversion: 1, entries: [entry('A', 'b1')] });
    expect(readFileSync(join(root, 'boot/loader.1/grub.cfg'), 'utf8')).toBe('-o 1 []\n');
    expect(await backend.isAtomic(root)).toBe(true);
  });

  it('replaces the EFI configuration and keeps the old one', async () => {
    const root = rootWith({ 'boot/efi/EFI/BOOT/grub.cfg': 'no', 'boot/efi/EFI/vendor/grub.cfg': 'old' });
    const backend = grub2({ generator: generator(root, 'echo "new [$_OSTREE_GRUB2_IS_EFI]" > "$2"') });
    expect(await backend.query(root)).toBe(true);
    expect(await backend.isAtomic(root)).toBe(false);
    await backend.writeConfig({ root, bootversion: 1, entries: [] });
    expect(readFileSync(join(root, 'boot/efi/EFI/vendor/grub.cfg'), 'utf8')).toBe('new [1]\n');
    expect(readFileSync(join(root, 'boot/efi/EFI/vendor/grub.cfg.old'), 'utf8')).toBe('old');
  });

  it('fails with the generator', async () => {
    const root = rootWith({ 'boot/grub2/grub.cfg': '', 'boot/loader.1/x': '' });
    const program = generator(root, 'exit 3');
    await expect(grub2({ generator: program }).writeConfig({ root, bootversion: 1, entries: [] })).rejects.toThrow(
      `${program}: Child process exited with code 3`,
    );
  });

  it('writes the whole configuration of other roots itself', async () => {
    const root = rootWith({ 'boot/grub2/grub.cfg': '', 'boot/loader.1/x': '' });
    const entries = [entry('A', 'b1'), entry('B', 'b2')];
    await grub2().writeConfig({ root, bootversion: 1, entries });
    const text = readFileSync(join(root, 'boot/loader.1/grub.cfg'), 'utf8');
    expect(text).toBe(standaloneGrubConfig(entries, { prefix: '/boot' }));
    await grub2().writeConfig({ root, bootversion: 1, entries, bootprefix: true });
    expect(readFileSync(join(root, 'boot/loader.1/grub.cfg'), 'utf8')).toBe(standaloneGrubConfig(entries));
  });

  it('leaves systems with static configurations alone', async () => {
    const root = rootWith({ 'boot/grub2/grub.cfg': '', 'boot/bootupd-state.json': '{"static-configs":{"x":1}}' });
    expect(await grub2().query(root)).toBe(false);
    put(root, 'boot/bootupd-state.json', '{"static-configs":null}');
    expect(await grub2().query(root)).toBe(true);
  });

  it('prints menus', () => {
    const menu = grubMenu([entry("It's", 'b1')], { bootDeviceId: 'dev', prepareRoot: 'search x' });
    expect(menu).toBe(
      `menuentry 'It'\\''s' --class gnu-linux --class gnu --class os --unrestricted 'ostree-0-dev' {
load_video
set gfxpayload=keep
insmod gzio
search x
linux /ostree/testos-b1/vmlinuz-3.6.0 root=LABEL=MOO quiet ostree=/ostree/boot.1/testos/b1/0
initrd /ostree/testos-b1/initramfs-3.6.0.img
}
`,
    );
    expect(standaloneGrubConfig([entry('A', 'b1')], { prefix: '/boot' })).toContain(
      "menuentry 'A' {\n\t linux /boot/ostree/testos-b1/vmlinuz-3.6.0 root=LABEL=MOO quiet",
    );
    expect(standaloneGrubConfig([entry('A', 'b1')], { search: true })).toContain(
      '\n\t search --no-floppy --file --set=root /ostree/testos-b1/vmlinuz-3.6.0\n',
    );
  });
});

describe('choosing', () => {
  it('takes a named backend without probing', async () => {
    const root = rootWith();
    expect(await selectBootloader(root, 'auto')).toBeNull();
    expect((await selectBootloader(root, 'uboot'))?.name).toBe('U-Boot');
    expect((await selectBootloader(root, 'grub2'))?.name).toBe('grub2');
    expect(parseBootloaderSetting('syslinux')).toBe('syslinux');
    expect(() => parseBootloaderSetting('lilo')).toThrow("Invalid bootloader configuration: 'lilo'");
  });
});

const STAMP = 'boot/ostree-bootloader-update.stamp';

/** A program that notes its working directory and arguments in `calls`, and fails if there is a file `fail`. */
function recorder(dir: string): string {
  return generator(dir, `echo "$(pwd) $*" >> ${dir}/calls; [ ! -e ${dir}/fail ]`);
}

describe('aboot', () => {
  const config = entry('TestOS', 'b1', [
    ['version', '1'],
    ['aboot', '/ostree/testos-b1/aboot.img'],
    ['abootcfg', '/ostree/deploy/testos/deploy/c.0/usr/lib/ostree-boot/aboot.cfg'],
  ]);

  it('is configured, never found', async () => {
    const root = rootWith();
    expect(await selectBootloader(root, 'auto')).toBeNull();
    expect((await selectBootloader(root, 'aboot'))?.name).toBe('aboot');
  });

  it('runs its program after the swap, once, and again if it failed', async () => {
    const root = rootWith({ 'boot/loader.1/x': '', fail: '' });
    const request = { root, bootversion: 1, entries: [config] };
    const backend = aboot({ program: recorder(root) });
    expect(await backend.isAtomic(root)).toBe(true);
    await backend.writeConfig(request);
    expect(existsSync(join(root, 'calls'))).toBe(false);
    await expect(backend.postSwap?.(request)).rejects.toThrow('Child process exited with code 1');
    expect(existsSync(join(root, STAMP))).toBe(true);
    rmSync(join(root, 'fail'));
    await backend.postSwap?.(request);
    await backend.postSwap?.(request);
    expect(existsSync(join(root, STAMP))).toBe(false);
    const call = `${root} -r . -c ${config.get('abootcfg')} -o ${config.get('options')} /ostree/testos-b1/aboot.img`;
    expect(readFileSync(join(root, 'calls'), 'utf8')).toBe(`${call}\n${call}\n`);
  });

  it('says which key an entry lacks', async () => {
    const root = rootWith({ 'boot/x': '' });
    const request = { root, bootversion: 1, entries: [entry('TestOS', 'b1')] };
    await aboot().writeConfig(request);
    await expect(aboot().postSwap?.(request)).rejects.toThrow('aboot: no "aboot" key in bootloader config');
  });
});

describe('zipl', () => {
  it.skipIf(process.getuid?.() !== 0)('runs inside the default deployment of another root', async () => {
    const root = rootWith({ 'boot/x': '', 'sys/firmware/ipl/secure': '1\n' });
    const request = { root, bootversion: 1, entries: [entry('TestOS', 'b1')] };
    const backend = zipl({ container: recorder(root), sysfs: join(root, 'sys') });
    await backend.writeConfig(request);
    await backend.postSwap?.(request);
    await backend.postSwap?.(request);
    const calls = readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain(`--bind ${root}/ostree/boot.1/testos/b1/0/usr /usr`);
    expect(calls[0]).toContain(`--bind ${root}/boot /boot`);
    expect(calls[0]).toMatch(/ -- zipl --secure 1 -V$/);
    expect(existsSync(join(root, STAMP))).toBe(false);
  });

  it('refuses Secure Execution before anything is swapped', async () => {
    const root = rootWith({ 'boot/x': '', 'sys/firmware/uv/prot_virt_guest': '1\n' });
    const backend = zipl({ sysfs: join(root, 'sys') });
    const request = { root, bootversion: 1, entries: [entry('TestOS', 'b1')] };
    await expect(backend.writeConfig(request)).rejects.toMatchObject({ code: 'unsupported' });
    expect(existsSync(join(root, STAMP))).toBe(false);
  });
});
