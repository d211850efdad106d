import { formatRefspec, OstError, parseRefspec } from '@ost/objects';
import { cleanup } from '../deploy/cleanup.js';
import type { Deployment } from '../state/deployment.js';
import { originFor } from '../state/origin.js';
import type { Sysroot } from '../sysroot.js';
import { type PullFunction, Upgrader } from './upgrader.js';

/** What {@link switchTo} does. */
export interface SwitchRequest {
  /** `REMOTE:REF`; `REMOTE:` keeps the ref, `REF` keeps the remote. */
  readonly refspec: string;
  /** Stateroot. @default that of the running deployment */
  readonly os?: string;
  readonly pull?: PullFunction;
  readonly signal?: AbortSignal;
}

/** Makes a system follow another ref, deploys it, and forgets the ref that was followed before. Needs the lock. */
export async function switchTo(sysroot: Sysroot, request: SwitchRequest): Promise<Deployment> {
  const upgrader = Upgrader.open(sysroot, {
    ignoreUnconfigured: true,
    ...(request.os === undefined ? {} : { os: request.os }),
  });
  const old = parseRefspec(upgrader.refspec);
  const refspec = newRefspec(old, request.refspec);
  if (refspec === upgrader.refspec) {
    throw new OstError('state', `Old and new refs are equal: ${refspec}`, { data: { refspec } });
  }
  upgrader.setOrigin(originFor(refspec));
  await upgrader.pull({ allowOlder: true, ...(request.pull === undefined ? {} : { pull: request.pull }) });
  const deployment = await upgrader.deploy(request.signal === undefined ? {} : { signal: request.signal });
  const oldRefspec = formatRefspec(old);
  sysroot.emit({ type: 'ref-deleted', text: `Deleting ref '${oldRefspec}'`, refspec: oldRefspec });
  await sysroot.repo.setRef({ remote: old.remote, name: old.ref }, null);
  await cleanup(sysroot, { pruneRepo: false });
  return deployment;
}

function newRefspec(old: { remote: string | null; ref: string }, wanted: string): string {
  if (wanted.endsWith(':')) return formatRefspec({ remote: wanted.slice(0, -1), ref: old.ref });
  const { remote, ref } = parseRefspec(wanted);
  return formatRefspec({ remote: remote ?? old.remote, ref });
}
