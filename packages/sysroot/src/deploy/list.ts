import type { Deployment } from '../state/deployment.js';
import type { Sysroot } from '../sysroot.js';

/** Which deployments stay when a new one comes. */
export interface InsertOptions {
  /** Do not make the new one the default: place it after the running or merge deployment. */
  readonly notDefault?: boolean;
  /** Keep all. */
  readonly retain?: boolean;
  /** Keep those before the running or merge deployment. */
  readonly retainPending?: boolean;
  /** Keep those after the running or merge deployment. */
  readonly retainRollback?: boolean;
  /** Deployment that the new one came from. */
  readonly mergeFrom?: Deployment | null;
  /** Apply to this stateroot only. @default that of the new deployment */
  readonly os?: string;
}

/**
 * The new list with a deployment in it. By default it comes first, and of its system only the running or merge
 * deployment and pinned ones stay; other systems are left alone.
 */
export function insertDeployment(
  current: readonly Deployment[],
  booted: Deployment | null,
  added: Deployment,
  options: InsertOptions = {},
): Deployment[] {
  const mergeFrom = options.mergeFrom ?? null;
  const os = options.os ?? added.os;
  const partly = options.retainPending === true || options.retainRollback === true;
  const retain = options.retain === true || (partly && booted === null && mergeFrom === null);
  const result: Deployment[] = [];
  let placed = false;
  const place = (): void => {
    if (!placed) result.push(added);
    placed = true;
  };
  if (options.notDefault !== true) place();

  let passed = false;
  for (const deployment of current) {
    const isBooted = deployment.is(booted);
    const isMerge = deployment.is(mergeFrom);
    if (booted === null ? isMerge : isBooted) passed = true;
    const keep =
      retain ||
      deployment.pinned ||
      deployment.os !== os ||
      isBooted ||
      isMerge ||
      (options.retainPending === true && !passed) ||
      (options.retainRollback === true && passed);
    if (keep) result.push(deployment);
    if (passed) place();
  }
  place();
  return result;
}

/** {@link insertDeployment} with the list of a system root; a staged deployment is replaced by the new one. */
export function insertInto(sysroot: Sysroot, added: Deployment, options: InsertOptions = {}): Deployment[] {
  const current = sysroot.deployments.filter((deployment) => !deployment.staged);
  return insertDeployment(current, sysroot.booted, added, options);
}
