import * as fs from 'node:fs';
import { join } from 'node:path';
import { BootConfig, type KernelArgs } from '@ost/bootloader';
import { type Checksum, OstError } from '@ost/objects';
import { checkout, kernelHasSelinux, type KeyFile, loadSelinuxPolicy } from '@ost/repo';
import { inContext, notFound, withPrefix } from '../errors.js';
import { assertBootUsable } from '../boot/usable.js';
import { copyDirectoryAttributes } from '../files/copy.js';
import { labelTree } from '../files/label.js';
import { exists, isDirectory, makeDirs, namesIn, removeFile, removeTree, replaceFile } from '../files/files.js';
import { seal, unseal } from '../files/immutable.js';
import { mergeEtc } from '../etc/merge.js';
import { Deployment } from '../state/deployment.js';
import { assertStaterootName } from '../state/layout.js';
import { BootChecksums } from '../tree/boot-checksums.js';
import { findKernel } from '../tree/kernel.js';
import type { Sysroot } from '../sysroot.js';
import { useSpare } from './spare.js';
import { fillVar } from './init-fs.js';

/** What to deploy. */
export interface DeployTreeRequest {
  readonly os: string;
  readonly checksum: Checksum;
  readonly origin?: KeyFile | null;
  /** Deployment that `/etc` and, without {@link kernelArgs}, the kernel arguments come from. */
  readonly mergeFrom?: Deployment | null;
  /** Kernel arguments; absent means those of {@link mergeFrom}. */
  readonly kernelArgs?: KernelArgs | null;
  /** Checksums of overlay initrds from {@link stageOverlayInitrd}. */
  readonly overlayInitrds?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Makes a complete deployment directory. The new deployment is not in the list yet; hand it to
 * `insertDeployment` and `writeDeployments`. After an error, clean-up removes what is left. Needs the lock.
 */
export async function deployTree(sysroot: Sysroot, request: DeployTreeRequest): Promise<Deployment> {
  const deployment = await prepareDeployment(sysroot, request);
  return finishDeployment(sysroot, deployment, request.mergeFrom ?? null);
}

/** The first half: everything that does not depend on what happens until the next boot. */
export async function prepareDeployment(sysroot: Sysroot, request: DeployTreeRequest): Promise<Deployment> {
  const { layout } = sysroot;
  const { os, checksum } = request;
  assertStaterootName(os);
  assertBootUsable(layout);
  if (!isDirectory(layout.stateroot(os))) throw notFound(`No such stateroot: ${os}`);
  const id = { os, checksum, serial: nextSerial(sysroot, os, checksum) };
  const path = layout.deployment(id);
  makeDirs(layout.deployDir(os), 0o775);
  unseal(sysroot, path);
  removeTree(path);
  const spare = await useSpare(sysroot, { os, checksum, path }, request.signal);
  if (spare === null) await checkoutTree(sysroot, checksum, path, request.signal);
  const bootChecksum = await whileHashing(sysroot, checksum, path, async () => {
    if (spare?.hasEtc !== true) await withPrefix('Preparing /etc', () => createEtc(sysroot, checksum, path));
    await createVar(sysroot, os, checksum, path);
  });

  const bootConfig = new BootConfig();
  if (request.kernelArgs != null) bootConfig.set('options', request.kernelArgs.toString());
  bootConfig.overlayInitrds = (request.overlayInitrds ?? []).map((sum) => `/ostree/initramfs-overlays/${sum}.img`);
  return new Deployment({
    ...id,
    bootChecksum,
    bootSerial: -1,
    bootConfig,
    origin: request.origin ?? null,
    index: -1,
    path,
  });
}

async function checkoutTree(
  sysroot: Sysroot,
  checksum: Checksum,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await sysroot.step((tell) =>
    checkout(sysroot.repo, checksum, path, {
      processPassthroughWhiteouts: true,
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ files }) => tell({ step: 'checkout', files }),
    }),
  );
}

/**
 * Finds the boot checksum of a tree, and does something else while its kernel, which is large, is being hashed.
 * @throws OstError `not-found` at once when there is no kernel
 */
async function whileHashing(
  sysroot: Sysroot,
  commit: Checksum,
  path: string,
  work: () => Promise<void>,
): Promise<string> {
  let hashing = Promise.resolve('');
  const checksumOf = (files: readonly string[]): string => {
    hashing = new BootChecksums(sysroot.repo, commit, path).of(files);
    return '';
  };
  const { bootChecksum } = findKernel(path, { noDtb: sysroot.debug.noDtb ?? false, checksumOf });
  // Kernels of the old scheme tell it by their names.
  const [hashed] = await Promise.all([hashing, work()]);
  return bootChecksum === '' ? hashed : bootChecksum;
}

/** The second half: local changes of `/etc`, the origin file, and the seal. */
export function finishDeployment(sysroot: Sysroot, deployment: Deployment, mergeFrom: Deployment | null): Deployment {
  const { layout } = sysroot;
  const bootConfig = deployment.bootConfig.clone();
  if (mergeFrom !== null) {
    const inherited = mergeFrom.bootConfig.get('options');
    if (bootConfig.get('options') === undefined && inherited !== undefined) bootConfig.set('options', inherited);
    carryEtc(sysroot, mergeFrom, deployment);
  }
  removeFile(join(deployment.path, 'etc/.updated'));
  const ownVar = sysroot.booted?.os === deployment.os ? sysroot.runningRoot : layout.stateroot(deployment.os);
  removeFile(join(ownVar, 'var/.updated'));
  labelVar(sysroot, deployment);
  if (deployment.origin !== null) replaceFile(layout.origin(deployment), deployment.origin.serialize(), 'none');
  seal(sysroot, deployment.path);
  return deployment.with({ bootConfig });
}

function nextSerial(sysroot: Sysroot, os: string, checksum: string): number {
  const serials = namesIn(sysroot.layout.deployDir(os)).flatMap((name) => {
    const match = /^([0-9a-f]+)\.([0-9]+)$/.exec(name);
    return match?.[1] === checksum ? [Number(match[2])] : [];
  });
  return Math.max(-1, ...serials) + 1;
}

/** The deployment's own `/etc`: a copy of its defaults in `usr/etc`. */
async function createEtc(sysroot: Sysroot, checksum: Checksum, path: string): Promise<void> {
  const [etc, defaults] = [join(path, 'etc'), join(path, 'usr/etc')];
  const present = exists(etc);
  const filled = present && fs.readdirSync(etc).length > 0;
  if (!isDirectory(defaults)) {
    if (filled) throw new OstError('unsupported', 'Tree contains /etc but no /usr/etc');
    return;
  }
  if (filled) throw new OstError('state', 'Tree contains both /etc and /usr/etc');
  if (present) fs.rmdirSync(etc);
  // Where the kernel knows labels, files get those of the place that they come to; elsewhere the stored ones stay.
  const policy = kernelHasSelinux() ? loadSelinuxPolicy(path) : null;
  await checkout(sysroot.repo, checksum, etc, {
    subpath: '/usr/etc',
    forceCopy: true,
    ...(policy === null ? {} : { labels: { policy, prefix: '/etc' } }),
  });
}

/** The first deployment of a system with an empty `/var` brings its own; later ones never touch it. */
async function createVar(sysroot: Sysroot, os: string, checksum: Checksum, path: string): Promise<void> {
  if (!isDirectory(join(path, 'var'))) return;
  const shared = join(sysroot.layout.stateroot(os), 'var');
  if (namesIn(shared).length > 0) return;
  await checkout(sysroot.repo, checksum, shared, { subpath: '/var', forceCopy: true, overwrite: 'union' });
  copyDirectoryAttributes(Buffer.from(join(path, 'var')), Buffer.from(shared));
  if (!isDirectory(join(path, 'usr/lib/tmpfiles.d'))) fillVar(shared);
}

function carryEtc(sysroot: Sysroot, from: Deployment, to: Deployment): void {
  try {
    mergeEtc(
      { original: join(from.path, 'usr/etc'), modified: join(from.path, 'etc'), target: join(to.path, 'etc') },
      {
        noXattrs: sysroot.debug.noXattrs ?? false,
        onDiff: (diff) => {
          const [modified, removed, added] = [diff.modified.length, diff.removed.length, diff.added.length];
          const text = `Copying /etc changes: ${modified} modified, ${removed} removed, ${added} added`;
          sysroot.emit({ type: 'etc-merge', text, modified, removed, added });
        },
        onIgnored: (path) => {
          const text = `Ignoring non-regular/non-symlink file found during /etc merge: ${path}`;
          sysroot.emit({ type: 'etc-ignored', text, path });
        },
      },
    );
  } catch (error) {
    throw inContext(error, 'During /etc merge');
  }
}

/** Labels the shared `/var` once, from the policy of the first deployment that uses it. */
function labelVar(sysroot: Sysroot, { os, path }: Deployment): void {
  const shared = join(sysroot.layout.stateroot(os), 'var');
  const stamp = join(shared, '.ostree-selabeled');
  if (exists(stamp) || !isDirectory(shared)) return;
  const text = "Relabeling /var (no stamp file 'var/.ostree-selabeled' found)";
  sysroot.emit({ type: 'relabel-var', text, os });
  const policy = sysroot.debug.noXattrs === true ? null : loadSelinuxPolicy(path);
  if (policy !== null) labelTree(shared, '/var', policy);
  replaceFile(stamp, '', 'none');
}
