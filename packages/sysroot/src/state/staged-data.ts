import { BootConfig, KernelArgs } from '@ost/bootloader';
import { codec, type Variant, variant } from '@ost/gvariant';
import { type Checksum, toChecksum } from '@ost/objects';
import { exists, readIfPresent } from '../files/files.js';
import { Deployment } from './deployment.js';
import { type Dictionary, lookup, readDictionary, required } from './dictionary.js';
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

/** Serializes the record of a staged deployment. */
export function encodeStaged(entries: readonly (readonly [string, Variant])[]): Uint8Array {
  return codec('a{sv}').encode(entries.map(([key, value]) => [key, value]));
}

/** The form in which a record names a deployment. */
export function deploymentReference(deployment: Pick<Deployment, 'name' | 'os' | 'bootChecksum'>): Variant {
  const entries: [string, Variant][] = [
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
  const raw = readDictionary(bytes, layout.stagedState);
  const target = reference(required(raw, 'target', 'a{sv}'));
  const merge = lookup(raw, 'merge-deployment', 'a{sv}');
  const kernelArgs = lookup(raw, 'kargs', 'as') ?? null;
  const locked = lookup(raw, 'locked', 'b') ?? false;

  const bootConfig = BootConfig.from(lookup(raw, 'bootconfig-extra', 'a{ss}') ?? []);
  if (kernelArgs !== null) bootConfig.set('options', KernelArgs.fromStrings(kernelArgs).toString());
  const initrds = lookup(raw, 'overlay-initrds', 'as') ?? [];
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

function reference(entries: Dictionary): DeploymentId & { checksum: Checksum; bootChecksum: string } {
  const { checksum, serial } = parseDeploymentName(required(entries, 'name', 's'));
  return {
    os: required(entries, 'osname', 's'),
    checksum: toChecksum(checksum),
    serial,
    bootChecksum: required(entries, 'bootcsum', 's'),
  };
}
