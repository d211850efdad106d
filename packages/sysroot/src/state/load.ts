import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BootEntry, readBootEntries, splitCommandLine } from '@ost/bootloader';
import { OstError, toChecksum } from '@ost/objects';
import type { KeyFile } from '@ost/repo';
import { asOstError, codeOf, inContext } from '../errors.js';
import { exists, isDirectory, readlinkIfPresent } from '../files/files.js';
import { Deployment, type UnlockedState } from './deployment.js';
import { type DeploymentId, type Layout, parseBootLink, parseDeploymentName } from './layout.js';
import { readOrigin } from './origin.js';

/** Which bootversion is active: the target of `boot/loader`; 0 when there is none yet. */
export function readBootversion(layout: Layout): number {
  let target: string | null;
  try {
    target = readlinkIfPresent(layout.at('boot/loader'));
  } catch (error) {
    if (codeOf(error) === 'EINVAL') throw new OstError('corrupt', 'Not a symbolic link: boot/loader');
    throw error;
  }
  if (target === null || target === 'loader.0') return 0;
  if (target === 'loader.1') return 1;
  throw new OstError('corrupt', `Invalid target '${target}' in boot/loader`);
}

/** Which link farm of a bootversion is active; `null` when it has none. */
export function readSubbootversion(layout: Layout, bootversion: number): number | null {
  const target = readlinkIfPresent(layout.linkFarm(bootversion));
  if (target === null) return null;
  if (target.endsWith('.0')) return 0;
  if (target.endsWith('.1')) return 1;
  throw new OstError('corrupt', `Invalid target '${target}' in ostree/boot.${bootversion}`);
}

/** The deployments of a bootversion, the default one first. */
export function readDeployments(layout: Layout, bootversion: number): Deployment[] {
  return readBootEntries(layout.root, bootversion).map((entry, index) => readDeployment(layout, entry, index));
}

function readDeployment(layout: Layout, entry: BootEntry, index: number): Deployment {
  const options = splitCommandLine(entry.config.get('options') ?? '');
  const argument = options.find((option) => option.startsWith('ostree='));
  if (argument === undefined) throw new OstError('corrupt', 'No ostree= kernel argument found');
  const value = argument.slice('ostree='.length);
  const link = parseBootLink(value);
  try {
    const { checksum, serial } = parseDeploymentName(basename(readlinkSync(join(layout.root, value))));
    const id = { os: link.os, checksum: toChecksum(checksum), serial };
    if (!isDirectory(join(layout.root, value))) {
      throw new OstError('corrupt', `opendir(${value.slice(1)}): No such file or directory`);
    }
    const origin = readOriginOf(layout, id);
    return new Deployment({
      ...id,
      bootChecksum: link.bootChecksum,
      bootSerial: link.bootSerial,
      bootConfig: entry.config,
      entryName: entry.name,
      origin,
      index,
      unlocked: readUnlocked(layout, id, origin?.get('origin', 'unlocked')),
      path: layout.deployment(id),
    });
  } catch (error) {
    throw inContext(error, `Parsing deployment ${value} in stateroot '${link.os}'`);
  }
}

function readOriginOf(layout: Layout, id: DeploymentId): KeyFile | null {
  try {
    return readOrigin(layout.origin(id));
  } catch (error) {
    throw asOstError(error, `Parsing ${layout.deploymentPath(id)}.origin`);
  }
}

/** Stamp files in `/run` say what lasts until reboot, the origin what lasts longer. */
export function readUnlocked(layout: Layout, id: DeploymentId, recorded: string | undefined): UnlockedState {
  const stamps = layout.deploymentState(id);
  if (exists(join(stamps, 'unlocked-development'))) return 'development';
  if (exists(join(stamps, 'unlocked-transient'))) return 'transient';
  return recorded === 'hotfix' ? 'hotfix' : 'none';
}
