import { join } from 'node:path';
import { loadSelinuxPolicy } from '@ost/repo';
import { notFound } from '../errors.js';
import { labelTree } from '../files/label.js';
import { seal, unseal } from '../files/immutable.js';
import type { Sysroot } from '../sysroot.js';

/** What {@link ensureLabeled} tells. */
export interface EnsureLabeledOptions {
  /** A path below the deployment, and the path that its labels are those of. @default the whole deployment, as `/` */
  readonly part?: { readonly path: string; readonly as: string };
  /** Is told the policy's name before anything is labelled. */
  readonly onPolicy?: (name: string) => void;
  readonly onLabel?: (path: string, as: string, label: string) => void;
}

/**
 * Gives what has no SELinux label in the first deployment one, from the policy in that deployment.
 * @returns the directory of the deployment when it has no policy, and nothing was done; else `null`
 */
export function ensureLabeled(sysroot: Sysroot, options: EnsureLabeledOptions = {}): string | null {
  const [deployment] = sysroot.deployments;
  if (deployment === undefined) throw notFound('Unable to find a deployment in sysroot');
  const policy = loadSelinuxPolicy(deployment.path);
  if (policy === null) return deployment.path;
  options.onPolicy?.(policy.name);
  const { part, onLabel } = options;
  const path = part === undefined ? deployment.path : join(deployment.path, join('/', part.path));
  const as = part === undefined ? '' : join('/', part.as).replace(/\/$/, '');
  unseal(sysroot, deployment.path);
  try {
    labelTree(path, as, policy, { keepExisting: true, ...(onLabel === undefined ? {} : { onLabel }) });
  } finally {
    seal(sysroot, deployment.path);
  }
  return null;
}
