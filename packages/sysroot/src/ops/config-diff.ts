import { join } from 'node:path';
import { notFound, wrongState } from '../errors.js';
import { diffDirectories } from '../etc/diff.js';
import { mergeDeploymentFor } from '../state/queries.js';
import type { Sysroot } from '../sysroot.js';

/** Local changes of `/etc`; paths are relative to it. */
export interface ConfigDiff {
  readonly modified: readonly string[];
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** What differs between the `/etc` of a deployment and its defaults: of the running one, or of a stateroot's current. */
export function configDiff(sysroot: Sysroot, os?: string): ConfigDiff {
  const deployment = os === undefined ? sysroot.booted : mergeDeploymentFor(sysroot, os);
  if (deployment === null) {
    if (os !== undefined) throw notFound(`No deployment for OS '${os}'`);
    throw wrongState('Not currently booted into an OSTree system and no --os= argument given');
  }
  const diff = diffDirectories(join(deployment.path, 'usr/etc'), join(deployment.path, 'etc'));
  const text = (paths: readonly Buffer[]): string[] => paths.map((path) => path.toString());
  return { modified: text(diff.modified), removed: text(diff.removed), added: text(diff.added) };
}
