import { OstError } from '@ost/objects';
import { notFound } from '../errors.js';
import type { Sysroot } from '../sysroot.js';
import type { Deployment } from './deployment.js';

/** What comes before and after the running deployment in the list of one system. */
export interface PendingAndRollback {
  /** First before the running one; when none runs, the first of all. */
  readonly pending: Deployment | null;
  /** First after the running one. */
  readonly rollback: Deployment | null;
}

/** Finds the pending and the rollback deployment of a stateroot (default: the running one's). */
export function pendingAndRollback(sysroot: Sysroot, os?: string): PendingAndRollback {
  const { booted } = sysroot;
  const name = os ?? booted?.os;
  const list = sysroot.deployments.filter((deployment) => name === undefined || deployment.os === name);
  const at = booted === null ? -1 : list.indexOf(booted);
  if (at < 0) return { pending: list[0] ?? null, rollback: null };
  return { pending: at > 0 ? (list[0] as Deployment) : null, rollback: list[at + 1] ?? null };
}

/** The deployment whose `/etc` and kernel arguments a new one of this stateroot takes over. */
export function mergeDeploymentFor(sysroot: Sysroot, os: string): Deployment | null {
  if (sysroot.booted?.os === os) return sysroot.booted;
  return pendingAndRollback(sysroot, os).pending;
}

/** The deployment at an index, with libostree's texts for those that do not exist. */
export function deploymentAt(sysroot: Sysroot, index: number): Deployment {
  if (index < 0) throw new OstError('invalid-argument', `Invalid index ${index}`);
  const deployment = sysroot.deployments[index];
  if (deployment === undefined) {
    throw notFound(`Out of range deployment index ${index}, expected < ${sysroot.deployments.length}`);
  }
  return deployment;
}

/** The stateroot to work on: the one named, else the running one. */
export function stateroot(sysroot: Sysroot, os: string | undefined): string {
  const name = os ?? sysroot.booted?.os;
  if (name !== undefined) return name;
  const text = 'Not currently booted into an OSTree system and no --os= argument given';
  throw new OstError('state', `Looking for booted deployment: ${text}`);
}
