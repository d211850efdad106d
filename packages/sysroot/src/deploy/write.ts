import * as fs from 'node:fs';
import { join } from 'node:path';
import {
  type BootConfig,
  type Bootloader,
  KernelArgs,
  parseBootCount,
  selectBootloader,
  type WriteConfigRequest,
} from '@ost/bootloader';
import { notFound, withPrefix, wrongState } from '../errors.js';
import { codeOf } from '../errors.js';
import { isDirectory, makeDirs, removeFile, removeTree, replaceFile } from '../files/files.js';
import { makeBootEntry } from '../boot/entry.js';
import { activateLinkFarm, writeLinkFarm } from '../boot/link-farm.js';
import { bootSpaceFor, hasBootOfItsOwn } from '../boot/space.js';
import { assertBootUsable } from '../boot/usable.js';
import { settleBoot, syncSystem } from '../boot/sync.js';
import { commitTextIfPresent } from '../state/commit-facts.js';
import type { Deployment } from '../state/deployment.js';
import { readSubbootversion } from '../state/load.js';
import type { Sysroot } from '../sysroot.js';
import { cleanBootFiles } from './cleanup.js';
import { resetSoftReboot } from './soft-reboot-target.js';
import { dropStaged } from './staged-files.js';
import { ensureWritable } from './writable.js';

/** What {@link writeDeployments} did. */
export interface WriteResult {
  /** Nothing at all; a new link farm; or new boot entries. */
  readonly change: 'none' | 'links' | 'entries';
}

/**
 * Makes a list of deployments the active one, in the order given: the first boots by default.
 *
 * Until the one rename at the end the old list stays active, whatever fails. When only directories differ, the
 * boot entries stay and the link farm alone is swapped. Needs the lock.
 */
export async function writeDeployments(sysroot: Sysroot, wanted: readonly Deployment[]): Promise<WriteResult> {
  ensureWritable(sysroot);
  assertBootUsable(sysroot.layout);
  if (sysroot.earlyPrune) await makeRoom(sysroot, wanted);
  return swap(sysroot, wanted);
}

/** Where the new list fits into `/boot` only without the kernels that it does not need, drops those first. */
async function makeRoom(sysroot: Sysroot, wanted: readonly Deployment[]): Promise<void> {
  if (!hasBootOfItsOwn(sysroot)) return;
  // What an interrupted upgrade has left there is room, too.
  cleanBootFiles(sysroot);
  const space = bootSpaceFor(sysroot, wanted);
  if (space === 'fits') return;
  if (space === 'too-small') {
    const text = 'Disabling auto-prune optimization; insufficient space left in bootfs';
    sysroot.emit({ type: 'boot-space', text, prune: false });
    return;
  }
  const text = 'Insufficient space left in bootfs; updating bootloader in two steps';
  sysroot.emit({ type: 'boot-space', text, prune: true });
  const kernels = new Set(wanted.map((deployment) => deployment.bootChecksum));
  await swap(
    sysroot,
    sysroot.deployments.filter((deployment) => kernels.has(deployment.bootChecksum)),
  );
  cleanBootFiles(sysroot);
}

async function swap(sysroot: Sysroot, wanted: readonly Deployment[]): Promise<WriteResult> {
  const { staged } = sysroot;
  const before = sysroot.deployments.filter((deployment) => !deployment.staged);
  if (staged !== null && wanted[0]?.is(staged) !== true) dropStaged(sysroot, staged);
  const target = sysroot.deployments.find((deployment) => deployment.softRebootTarget);
  if (target !== undefined && !wanted.some((deployment) => deployment.is(target))) resetSoftReboot(sysroot);
  const after = numbered(wanted.filter((deployment) => !deployment.staged));
  check(sysroot, after);

  if (sameList(before, after)) {
    sysroot.changed();
    return { change: 'none' };
  }
  const full = needsNewEntries(sysroot, before, after);
  const bootloader = await selectBootloader(sysroot.path, sysroot.settings.bootloader, { grub2: sysroot.grub2 });
  if (full) await swapEntries(sysroot, after, bootloader);
  else await swapLinks(sysroot, after);

  const atomic = !full || ((await bootloader?.isAtomic(sysroot.path)) ?? false);
  sysroot.changed();
  announce(sysroot, { full, atomic, bootloader, change: after.length - before.length, count: after.length });
  removeAncientLinks(sysroot);
  return { change: full ? 'entries' : 'links' };
}

/** Gives every deployment its index, and a number among those that share its boot checksum. */
function numbered(list: readonly Deployment[]): Deployment[] {
  const counts = new Map<string, number>();
  return list.map((deployment, index) => {
    const bootSerial = counts.get(deployment.bootChecksum) ?? 0;
    counts.set(deployment.bootChecksum, bootSerial + 1);
    return deployment.with({ index, bootSerial });
  });
}

function check(sysroot: Sysroot, list: readonly Deployment[]): void {
  for (const deployment of list) {
    if (!isDirectory(deployment.path)) throw notFound(`Unable to find expected deployment root: ${deployment.path}`);
  }
  const { booted } = sysroot;
  if (booted !== null && !list.some((deployment) => deployment.is(booted))) {
    throw wrongState('Attempting to remove booted deployment');
  }
}

function sameList(before: readonly Deployment[], after: readonly Deployment[]): boolean {
  if (before.length !== after.length) return false;
  return before.every((old, index) => {
    const now = after[index] as Deployment;
    return now.is(old) && now.bootConfig.serialize() === old.bootConfig.serialize();
  });
}

function needsNewEntries(sysroot: Sysroot, before: readonly Deployment[], after: readonly Deployment[]): boolean {
  if (before.length !== after.length) return true;
  const facts = (deployment: Deployment): string =>
    JSON.stringify([
      deployment.os,
      deployment.bootChecksum,
      deployment.bootConfig.overlayInitrds,
      KernelArgs.parse(deployment.bootConfig.get('options') ?? '')
        .replace('ostree=')
        .toString(),
      commitTextIfPresent(sysroot.repo, deployment.checksum, 'version') ?? null,
      bootCountOf(sysroot, deployment),
    ]);
  return before.some((old, index) => facts(old) !== facts(after[index] as Deployment));
}

/** Where boots are counted, the name of its entry belongs to a deployment. */
function bootCountOf({ settings }: Sysroot, { entryName }: Deployment): string {
  if (settings.bootCountingTries === 0) return '';
  if (entryName === undefined) return 'new';
  const { left, done } = parseBootCount(entryName);
  return `${left}-${done}`;
}

/** Swaps the link farm of the active bootversion. */
async function swapLinks(sysroot: Sysroot, list: readonly Deployment[]): Promise<void> {
  const { layout, bootversion } = sysroot;
  const subbootversion = 1 - sysroot.subbootversion;
  writeLinkFarm(layout, bootversion, subbootversion, list);
  await syncSystem(sysroot);
  activateLinkFarm(layout, bootversion, subbootversion);
}

/** Writes everything of the idle bootversion, syncs, and makes it the active one by a single rename. */
async function swapEntries(
  sysroot: Sysroot,
  list: readonly Deployment[],
  bootloader: Bootloader | null,
): Promise<void> {
  const { layout } = sysroot;
  const bootversion = 1 - sysroot.bootversion;
  const entries = join(layout.loader(bootversion), 'entries');
  removeTree(entries);
  makeDirs(entries, 0o755);
  const context = {
    sysroot,
    bootversion,
    count: list.length,
    severalSystems: new Set(list.map((deployment) => deployment.os)).size > 1,
  };
  const configs: BootConfig[] = [];
  for (const deployment of list) {
    const { name, config } = await withPrefix('Installing kernel', () => makeBootEntry(deployment, context));
    replaceFile(join(entries, name), config.serialize(), 'none');
    configs.push(config);
  }

  const subbootversion = readSubbootversion(layout, bootversion) === 1 ? 0 : 1;
  writeLinkFarm(layout, bootversion, subbootversion, list);
  activateLinkFarm(layout, bootversion, subbootversion);

  const request: WriteConfigRequest = {
    root: sysroot.path,
    bootversion,
    entries: configs,
    bootprefix: sysroot.settings.bootprefix,
  };
  await withPrefix('Bootloader write config', async () => bootloader?.writeConfig(request));
  linkBootToItself(layout.at('boot/boot'));
  const pending = layout.at('boot/loader.tmp');
  removeFile(pending);
  fs.symlinkSync(`loader.${bootversion}`, pending);
  await syncSystem(sysroot);
  fs.renameSync(pending, layout.at('boot/loader'));
  await settleBoot(sysroot);
  await bootloader?.postSwap?.(request);
}

/** Paths that begin with `/boot` hold whether or not `/boot` is a file system of its own. */
function linkBootToItself(path: string): void {
  try {
    fs.symlinkSync('.', path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

interface Announcement {
  readonly full: boolean;
  readonly atomic: boolean;
  readonly bootloader: Bootloader | null;
  readonly change: number;
  readonly count: number;
}

function announce(sysroot: Sysroot, { full, atomic, bootloader, change, count }: Announcement): void {
  const { bootversion, subbootversion } = sysroot;
  const what = atomic ? 'Transaction complete' : 'Bootloader updated';
  sysroot.emit({
    type: 'deployments-written',
    text: `${what}; bootconfig swap: ${full ? 'yes' : 'no'}; bootversion: boot.${bootversion}.${subbootversion}, deployment count change: ${change}`,
    bootloader: bootloader?.name ?? 'none',
    bootloaderSetting: sysroot.settings.bootloader,
    atomic,
    bootSwap: full,
    bootversion,
    subbootversion,
    deployments: count,
    change,
  });
}

/** Very old versions left a link to the running deployment. */
function removeAncientLinks(sysroot: Sysroot): void {
  for (const entry of fs.readdirSync(sysroot.layout.deployRoot, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFile(join(sysroot.layout.deployRoot, entry.name, 'current'));
  }
}

/** Rewrites the boot entry of one deployment where it is, without any swap. */
export function rewriteEntry(sysroot: Sysroot, deployment: Deployment, name: string): void {
  const path = join(sysroot.layout.loader(sysroot.bootversion), 'entries', name);
  replaceFile(path, deployment.bootConfig.serialize(), 'none');
}
