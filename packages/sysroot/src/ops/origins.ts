import { OstError, parseRefspec } from '@ost/objects';
import { addRemote, type KeyFile } from '@ost/repo';
import { replaceFile } from '../files/files.js';
import type { Deployment } from '../state/deployment.js';
import { originFor } from '../state/origin.js';
import { deploymentAt } from '../state/queries.js';
import type { Sysroot } from '../sysroot.js';

/** Writes a deployment's origin file and tells all readers. */
export function writeOrigin(sysroot: Sysroot, deployment: Deployment, origin: KeyFile): void {
  replaceFile(sysroot.layout.origin(deployment), origin.serialize(), 'always');
  sysroot.changed();
}

/** What {@link setOrigin} does. */
export interface SetOriginRequest {
  readonly remote: string;
  readonly url: string;
  /** Ref to follow. @default the one that is followed now */
  readonly branch?: string;
  /** Further keys of the remote, should it be new. */
  readonly settings?: readonly (readonly [string, string])[];
  /** Which deployment. @default the running one */
  readonly index?: number;
}

/** Points a deployment's origin at a remote, which is added if it does not exist. Needs the lock. */
export function setOrigin(sysroot: Sysroot, request: SetOriginRequest): void {
  const deployment = request.index === undefined ? sysroot.booted : deploymentAt(sysroot, request.index);
  if (deployment === null) throw new OstError('state', 'Not currently booted into an OSTree system');
  addRemote(sysroot.repo, request.remote, {
    existing: 'keep',
    keys: [['url', request.url], ...(request.settings ?? [])],
  });
  const branch = request.branch ?? followedRef(deployment);
  writeOrigin(sysroot, deployment, originFor(`${request.remote}:${branch}`));
}

function followedRef(deployment: Deployment): string {
  const { refspec } = deployment;
  if (refspec === undefined) throw new OstError('state', 'No host refspec found, branch is required');
  return parseRefspec(refspec).ref;
}
