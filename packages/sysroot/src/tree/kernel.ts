import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isChecksum, OstError } from '@ost/objects';
import { hashFilesSync } from '@ost/repo';
import { isDirectory } from '../files/files.js';

/** A file of a kernel: where it lies below the layout's directory, and its name in `/boot`. */
export interface KernelFile {
  readonly source: string;
  readonly installed: string;
}

/** The kernel of a tree and what belongs to it. */
export interface KernelLayout {
  /** Absolute directory that the sources are in. */
  readonly dir: string;
  readonly kernel: KernelFile;
  readonly initramfs?: KernelFile;
  /** A single device tree. */
  readonly devicetree?: KernelFile;
  /** A directory of device trees. */
  readonly dtb?: KernelFile;
  readonly hmac?: KernelFile;
  /** An Android boot image. */
  readonly aboot?: KernelFile;
  /** Groups deployments that boot the same kernel; names the directory in `/boot/ostree`. */
  readonly bootChecksum: string;
}

/** Options of {@link findKernel}. */
export interface FindKernelOptions {
  /** Ignore device trees. */
  readonly noDtb?: boolean;
  /** How the boot checksum is had from the files that make it up. @default they are read */
  readonly checksumOf?: (files: readonly string[]) => string;
}

/**
 * Finds the kernel of a tree: in `usr/lib/modules/VERSION` (checksum computed here), or under the old scheme in
 * `usr/lib/ostree-boot` or `boot` (checksum in the file names). A kernel without initramfs in the new place gives
 * way to one with initramfs in the old.
 */
export function findKernel(tree: string, options: FindKernelOptions = {}): KernelLayout {
  const modules = findInModules(tree, options);
  const legacy = findLegacy(tree, options);
  if (modules === null && legacy === null) {
    throw new OstError('not-found', 'Failed to find kernel in /usr/lib/modules, /usr/lib/ostree-boot or /boot');
  }
  if (modules === null || (legacy?.initramfs !== undefined && modules.initramfs === undefined)) {
    return legacy as KernelLayout;
  }
  return modules;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function findInModules(tree: string, options: FindKernelOptions): KernelLayout | null {
  const base = join(tree, 'usr/lib/modules');
  if (!isDirectory(base)) return null;
  const version = readdirSync(base, { withFileTypes: true }).find(
    (entry) => entry.isDirectory() && isFile(join(base, entry.name, 'vmlinuz')),
  )?.name;
  if (version === undefined) return null;
  const dir = join(base, version);
  const pick = (source: string, installed: string): KernelFile | undefined =>
    isFile(join(dir, source)) ? { source, installed } : undefined;

  const kernel = { source: 'vmlinuz', installed: `vmlinuz-${version}` };
  const initramfs = pick('initramfs.img', `initramfs-${version}.img`) ?? pick('initramfs', `initramfs-${version}.img`);
  const devicetree = options.noDtb === true ? undefined : pick('devicetree', `devicetree-${version}`);
  const wantDtb = options.noDtb !== true && devicetree === undefined && isDirectory(join(dir, 'dtb'));
  const dtb = wantDtb ? { source: 'dtb', installed: 'dtb' } : undefined;

  const present = [kernel, initramfs, devicetree].filter((file) => file !== undefined);
  const files = present.map(({ source }) => join(dir, source));
  if (dtb !== undefined) files.push(...filesBelow(join(dir, dtb.source)));

  return compact({
    dir,
    kernel,
    initramfs,
    devicetree,
    dtb,
    hmac: pick('.vmlinuz.hmac', `.vmlinuz-${version}.hmac`),
    aboot: pick('aboot.img', `aboot-${version}.img`),
    bootChecksum: (options.checksumOf ?? hashFilesSync)(files),
  });
}

function findLegacy(tree: string, options: FindKernelOptions): KernelLayout | null {
  const dir = ['usr/lib/ostree-boot', 'boot'].map((name) => join(tree, name)).find(isDirectory);
  if (dir === undefined) return null;
  const found = new Map<string, { file: KernelFile; sum: string }>();
  for (const name of readdirSync(dir)) {
    const at = name.lastIndexOf('-');
    const sum = name.slice(at + 1);
    if (at < 0 || !isChecksum(sum)) continue;
    const kind = ['vmlinuz', 'initramfs', 'devicetree'].find((prefix) => name.startsWith(`${prefix}-`));
    if (kind === undefined || found.has(kind)) continue;
    found.set(kind, { file: { source: name, installed: name.slice(0, at) }, sum });
  }
  const kernel = found.get('vmlinuz');
  if (kernel === undefined) return null;
  const initramfs = found.get('initramfs');
  const devicetree = options.noDtb === true ? undefined : found.get('devicetree');
  if (initramfs !== undefined && initramfs.sum !== kernel.sum) {
    throw new OstError('corrupt', 'Mismatched kernel checksum vs initrd');
  }
  if (devicetree !== undefined && devicetree.sum !== kernel.sum) {
    throw new OstError('corrupt', 'Mismatched kernel checksum vs device tree in tree');
  }
  return compact({
    dir,
    kernel: kernel.file,
    initramfs: initramfs?.file,
    devicetree: devicetree?.file,
    bootChecksum: kernel.sum,
  });
}

type Loose<T> = { [K in keyof T]: T[K] | undefined };

/** Drops absent members. */
function compact(layout: Loose<KernelLayout>): KernelLayout {
  return Object.fromEntries(
    Object.entries(layout).filter(([, value]) => value !== undefined),
  ) as unknown as KernelLayout;
}

/** All files below a directory, depth first, names sorted bytewise; links that lead nowhere are left out. */
function filesBelow(dir: string): string[] {
  const names = readdirSync(dir).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return names.flatMap((name) => {
    const path = join(dir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    return stat.isDirectory() ? filesBelow(path) : [path];
  });
}
