import { KernelArgs } from '@ost/bootloader';
import { OstError } from '@ost/objects';
import type { KeyFile } from '@ost/repo';
import { cleanup } from '../deploy/cleanup.js';
import { type InsertOptions, insertInto } from '../deploy/list.js';
import { stageTree } from '../deploy/staging.js';
import { deployTree } from '../deploy/tree.js';
import { writeDeployments } from '../deploy/write.js';
import type { Deployment } from '../state/deployment.js';
import { originFor } from '../state/origin.js';
import { mergeDeploymentFor, stateroot } from '../state/queries.js';
import type { Sysroot } from '../sysroot.js';

/** Changes to kernel arguments, applied in this order: base, replace, append, delete. */
export interface KernelArgChanges {
  /** Begin with none, or with those of the running kernel (text of `/proc/cmdline`). Default: the merge deployment's. */
  readonly base?: 'none' | { readonly procCmdline: string };
  readonly replace?: readonly string[];
  readonly append?: readonly string[];
  readonly delete?: readonly string[];
}

/** What {@link deploy} does. */
export interface DeployRequest {
  /** Ref or checksum. */
  readonly refspec: string;
  /** Stateroot. @default that of the running deployment */
  readonly os?: string;
  /** Origin to record. @default one that follows the refspec */
  readonly origin?: KeyFile;
  /** Take over `/etc` and kernel arguments from the present deployment. @default true */
  readonly merge?: boolean;
  readonly kernelArgs?: KernelArgChanges;
  readonly overlayInitrds?: readonly string[];
  /** Which deployments stay. */
  readonly insert?: Omit<InsertOptions, 'mergeFrom' | 'os'>;
  /** Write it at shutdown; `locked` waits for a permission first. */
  readonly stage?: boolean | 'locked';
  /** Prune the repository in the end. @default true */
  readonly prune?: boolean;
  readonly signal?: AbortSignal;
}

/** Deploys a commit: the whole of `ostree admin deploy`. Needs the lock. */
export async function deploy(sysroot: Sysroot, request: DeployRequest): Promise<Deployment> {
  checkStaging(request);
  const os = stateroot(sysroot, request.os);
  const origin = request.origin ?? originFor(request.refspec);
  const checksum = sysroot.repo.resolve(request.refspec);
  const mergeFrom = request.merge === false ? null : mergeDeploymentFor(sysroot, os);
  await cleanup(sysroot, { pruneRepo: false });
  const kernelArgs = changedKernelArgs(mergeFrom, request.kernelArgs ?? {});
  const tree = {
    os,
    checksum,
    origin,
    mergeFrom,
    kernelArgs,
    ...(request.overlayInitrds === undefined ? {} : { overlayInitrds: request.overlayInitrds }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
  if (request.stage !== undefined && request.stage !== false) {
    return stageTree(sysroot, { ...tree, locked: request.stage === 'locked' });
  }
  const deployment = await deployTree(sysroot, tree);
  await writeDeployments(sysroot, insertInto(sysroot, deployment, { ...request.insert, mergeFrom }));
  await cleanup(sysroot, { pruneRepo: request.prune ?? true });
  return sysroot.deployments.find((one) => one.is(deployment)) ?? deployment;
}

function checkStaging({ stage, insert }: DeployRequest): void {
  if (stage === undefined || stage === false) return;
  const refuse = (what: string): never => {
    throw new OstError('invalid-argument', `--stage cannot currently be combined with ${what}`);
  };
  if (insert?.retainPending === true || insert?.retainRollback === true) refuse('--retain arguments');
  if (insert?.notDefault === true) refuse('--not-as-default');
}

/** The explicit kernel arguments that result, or `null` when the merge deployment's are to be inherited as they are. */
export function changedKernelArgs(mergeFrom: Deployment | null, changes: KernelArgChanges): KernelArgs | null {
  const { base, replace = [], append = [], delete: remove = [] } = changes;
  if (base === undefined && replace.length + append.length + remove.length === 0) return null;
  const args = baseArgs(mergeFrom, base);
  for (const arg of replace) args.replace(arg);
  for (const arg of append) args.append(arg);
  for (const arg of remove) args.deleteIfPresent(arg);
  return args;
}

function baseArgs(mergeFrom: Deployment | null, base: KernelArgChanges['base']): KernelArgs {
  if (base === 'none') return new KernelArgs();
  if (base !== undefined) return KernelArgs.fromProcCmdline(base.procCmdline);
  return KernelArgs.parse(mergeFrom?.bootConfig.get('options') ?? '');
}
