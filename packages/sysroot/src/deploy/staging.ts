import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { variant, type Variant } from '@ost/gvariant';
import { asOstError, notFound, reason, wrongState } from '../errors.js';
import { exists, makeDirs, readIfPresent, removeFile, replaceFile } from '../files/files.js';
import type { Deployment } from '../state/deployment.js';
import { deploymentReference, encodeStaged } from '../state/staged-data.js';
import type { Sysroot } from '../sysroot.js';
import { cleanup } from './cleanup.js';
import { insertInto } from './list.js';
import { resetSoftReboot } from './soft-reboot-target.js';
import { deleteDeployment } from './staged-files.js';
import { type DeployTreeRequest, finishDeployment, prepareDeployment } from './tree.js';
import { ensureWritable } from './writable.js';
import { writeDeployments } from './write.js';

/** What to stage. */
export interface StageRequest extends DeployTreeRequest {
  /** Do not finalize until {@link setFinalizationLocked} allows it. */
  readonly locked?: boolean;
  /** Starts the service that finalizes at shutdown. @default `systemctl start ostree-finalize-staged.service` */
  readonly startService?: () => Promise<void>;
}

/**
 * Prepares a deployment that is written at shutdown, when `/etc` has its final content. Only the running system can
 * do that. An earlier staged deployment is replaced. Needs the lock.
 */
export async function stageTree(sysroot: Sysroot, request: StageRequest): Promise<Deployment> {
  ensureWritable(sysroot);
  if (sysroot.booted === null) {
    throw wrongState('Cannot stage deployment: Not currently booted into an OSTree system');
  }
  resetSoftReboot(sysroot);
  await (request.startService ?? startFinalizeService)();
  const { layout } = sysroot;
  const previous = sysroot.staged;
  const deployment = await prepareDeployment(sysroot, request);
  if (deployment.origin !== null) replaceFile(layout.origin(deployment), deployment.origin.serialize(), 'none');

  const entries: [string, Variant][] = [['target', deploymentReference(deployment)]];
  if (request.mergeFrom != null) entries.push(['merge-deployment', deploymentReference(request.mergeFrom)]);
  if (request.kernelArgs != null) entries.push(['kargs', variant('as', request.kernelArgs.toStrings())]);
  if ((request.overlayInitrds?.length ?? 0) > 0) {
    entries.push(['overlay-initrds', variant('as', [...(request.overlayInitrds as string[])])]);
  }
  if (request.locked === true) entries.push(['locked', variant('b', true)]);
  makeDirs(join(layout.run, 'ostree'), 0o755);
  if (previous !== null) {
    deleteDeployment(sysroot, previous);
    removeFile(layout.stagedLock);
  }
  // Older versions of libostree know of no other lock.
  if (request.locked === true) writeLock(sysroot);
  replaceFile(layout.stagedState, encodeStaged(entries), 'none');
  sysroot.changed();
  await cleanup(sysroot, { pruneRepo: false });
  return sysroot.staged as Deployment;
}

async function startFinalizeService(): Promise<void> {
  try {
    await promisify(execFile)('systemctl', ['start', '--quiet', 'ostree-finalize-staged.service']);
  } catch (error) {
    throw asOstError(error, 'Failed to start ostree-finalize-staged.service');
  }
}

/** Locks the staged deployment against finalization, or unlocks it; `false` when it was so already. */
export function setFinalizationLocked(sysroot: Sysroot, locked: boolean): boolean {
  const { staged, stagedData, layout } = sysroot;
  if (staged === null || stagedData === null) throw wrongState('No staged deployment');
  if (staged.finalizationLocked === locked) return false;
  const others = stagedData.raw.filter(([key]) => key !== 'locked');
  replaceFile(layout.stagedState, encodeStaged([...others, ['locked', variant('b', locked)]]), 'none');
  if (locked) writeLock(sysroot);
  else removeFile(layout.stagedLock);
  sysroot.changed();
  return true;
}

function writeLock({ layout }: Sysroot): void {
  fs.writeFileSync(layout.stagedLock, '', { mode: 0o640 });
}

/** What {@link finalizeStaged} did: wrote it; there was none; or it is locked. */
export type FinalizeResult = 'finalized' | 'nothing-staged' | 'locked';

/**
 * Writes the staged deployment into the list, at shutdown. A failure is noted in `/boot` for the next boot to report.
 * Needs the lock.
 */
export async function finalizeStaged(sysroot: Sysroot): Promise<FinalizeResult> {
  const stamp = sysroot.layout.finalizeFailureStamp;
  try {
    const result = await finalize(sysroot);
    removeFile(stamp);
    return result;
  } catch (error) {
    makeDirs(sysroot.layout.at('boot/ostree'));
    replaceFile(stamp, reason(error), 'always');
    throw error;
  }
}

async function finalize(sysroot: Sysroot): Promise<FinalizeResult> {
  const { staged, stagedData, layout } = sysroot;
  if (staged === null || stagedData === null) {
    sysroot.emit({ type: 'not-finalizing', text: 'No deployment staged for finalization or soft reboot' });
    return 'nothing-staged';
  }
  if (staged.finalizationLocked) {
    sysroot.emit({ type: 'not-finalizing', text: 'Not finalizing; deployment is locked for finalization' });
    return 'locked';
  }
  const { os, checksum, serial } = staged;
  sysroot.emit({ type: 'finalizing', text: 'Finalizing staged deployment', os, checksum, serial });
  const from = stagedData.mergeFrom;
  const mergeFrom = from === null ? null : (sysroot.deployments.find((one) => !one.staged && one.is(from)) ?? null);
  if (from !== null && mergeFrom === null) {
    throw notFound(`Failed to find merge deployment ${from.checksum}.${from.serial} for staged`);
  }
  // First of all: an interrupted merge must not be taken up again.
  removeFile(layout.stagedState);
  const finished = finishDeployment(sysroot, staged.with({ staged: false }), mergeFrom);
  sysroot.changed();
  await writeDeployments(sysroot, insertInto(sysroot, finished, { mergeFrom }));
  await cleanup(sysroot, { pruneRepo: false });
  return 'finalized';
}

/**
 * Run after the next boot: reports a finalization that failed before it. The note is removed.
 * @returns the error's text, or `null`
 */
export function takeFinalizeFailure(sysroot: Sysroot): string | null {
  const text = readIfPresent(sysroot.layout.finalizeFailureStamp)?.toString() ?? null;
  if (text !== null) removeFile(sysroot.layout.finalizeFailureStamp);
  return text;
}

/**
 * Copies an overlay initrd to where the next deployment takes it from.
 * @returns its SHA-256 checksum, which names it
 */
export function stageOverlayInitrd(sysroot: Sysroot, path: string): string {
  const bytes = readOverlay(path);
  const checksum = createHash('sha256').update(bytes).digest('hex');
  const { stagedInitrds } = sysroot.layout;
  makeDirs(stagedInitrds, 0o755);
  const destination = join(stagedInitrds, checksum);
  if (!exists(destination)) replaceFile(destination, bytes, 'none', 0o600);
  return checksum;
}

function readOverlay(path: string): Buffer {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    throw asOstError(error, `openat(${path})`);
  }
}
