import { BootConfig, KernelArgs } from '@ost/bootloader';
import { codec, type Variant, variant } from '@ost/gvariant';
import { OstError, toChecksum } from '@ost/objects';
import { exists, readIfPresent } from '../files/files.js';
import { Deployment } from './deployment.js';
import type { DeploymentId, Layout } from './layout.js';
import { parseDeploymentName } from './layout.js';
import { readUnlocked } from './load.js';
import { readOrigin } from './origin.js';

/** What is recorded in `/run` about a staged deployment. */
export interface StagedData {
  readonly deployment: Deployment;
  /** Deployment that its `/etc` will be merged from. */
  readonly mergeFrom: DeploymentId | null;
  /** Its explicit kernel arguments, if it has any. */
  readonly kernelArgs: readonly string[] | null;
  readonly locked: boolean;
  /** All entries as stored. */
  readonly raw: readonly [string, Variant][];
}

type Dictionary = [string, Variant][];

/** Serializes the record of a staged deployment. */
export function encodeStaged(entries: readonly (readonly [string, Variant])[]): Uint8Array {
  return codec('a{sv}').encode(entries.map(([key, value]) => [key, value]));
}

/** The form in which a record names a deployment. */
export function deploymentReference(deployment: Pick<Deployment, 'name' | 'os' | 'bootChecksum'>): Variant {
  const entries: Dictionary = [
    ['name', variant('s', deployment.name)],
    ['osname', variant('s', deployment.os)],
    ['bootcsum', variant('s', deployment.bootChecksum)],
  ];
  return variant('a{sv}', entries);
}

/** Reads the record of a staged deployment; `null` when nothing is staged. */
export function readStaged(layout: Layout): StagedData | null {
  const bytes = readIfPresent(layout.stagedState);
  if (bytes === null) return null;
  const raw = codec('a{sv}').decode(bytes);
  const target = reference(required(raw, 'target'));
  const merge = lookup(raw, 'merge-deployment');
  const kernelArgs = (lookup(raw, 'kargs')?.value as string[] | undefined) ?? null;
  const locked = (lookup(raw, 'locked')?.value as boolean | undefined) ?? false;

  const bootConfig = BootConfig.from((lookup(raw, 'bootconfig-extra')?.value as [string, string][] | undefined) ?? []);
  if (kernelArgs !== null) bootConfig.set('options', KernelArgs.fromStrings(kernelArgs).toString());
  const initrds = (lookup(raw, 'overlay-initrds')?.value as string[] | undefined) ?? [];
  bootConfig.overlayInitrds = initrds.map((checksum) => `/ostree/initramfs-overlays/${checksum}.img`);

  const origin = readOrigin(layout.origin(target));
  const deployment = new Deployment({
    ...target,
    bootSerial: 0,
    bootConfig,
    origin,
    index: 0,
    staged: true,
    finalizationLocked: locked || exists(layout.stagedLock),
    unlocked: readUnlocked(layout, target, origin?.get('origin', 'unlocked')),
    path: layout.deployment(target),
  });
  return { deployment, mergeFrom: merge === undefined ? null : reference(merge), kernelArgs, locked, raw };
}

function lookup(entries: Dictionary, key: string): Variant | undefined {
  return entries.find(([name]) => name === key)?.[1];
}

function required(entries: Dictionary, key: string): Variant {
  const value = lookup(entries, key);
  if (value === undefined) throw new OstError('corrupt', `Missing key: ${key}`);
  return value;
}

function reference(value: Variant): {
  os: string;
  checksum: ReturnType<typeof toChecksum>;
  serial: number;
  bootChecksum: string;
} {
  const entries = value.value as Dictionary;
  const { checksum, serial } = parseDeploymentName(required(entries, 'name').value as string);
  return {
    os: required(entries, 'osname').value as string,
    checksum: toChecksum(checksum),
    serial,
    bootChecksum: required(entries, 'bootcsum').value as string,
  };
}
