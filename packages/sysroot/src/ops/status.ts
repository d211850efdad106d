import { commitTextIfPresent } from '../state/commit-facts.js';
import type { Deployment, UnlockedState } from '../state/deployment.js';
import { pendingAndRollback } from '../state/queries.js';
import type { Sysroot } from '../sysroot.js';

/** What there is to say about one deployment. */
export interface DeploymentStatus {
  readonly index: number;
  readonly os: string;
  readonly checksum: string;
  readonly serial: number;
  readonly booted: boolean;
  /** Boots next, of the running system; never set on a root that is not running. */
  readonly pending: boolean;
  /** What the running system came from. */
  readonly rollback: boolean;
  readonly staged: boolean;
  readonly finalizationLocked: boolean;
  /** A soft reboot to it is prepared; libostree can do that. */
  readonly softRebootTarget: boolean;
  readonly pinned: boolean;
  readonly unlocked: UnlockedState;
  /** `null`: no origin file; `''`: one without refspec. */
  readonly refspec: string | null;
  /** `version` of the commit. */
  readonly version?: string;
  /** `ostree.source-title` of the commit. */
  readonly sourceTitle?: string;
  readonly deployment: Deployment;
}

/** Everything that `ostree admin status` shows but signatures. Commits that are not there have no version. */
export function status(sysroot: Sysroot): DeploymentStatus[] {
  const { booted } = sysroot;
  const { pending, rollback } = booted === null ? { pending: null, rollback: null } : pendingAndRollback(sysroot);
  return sysroot.deployments.map((deployment) => {
    const version = commitTextIfPresent(sysroot.repo, deployment.checksum, 'version');
    const sourceTitle = commitTextIfPresent(sysroot.repo, deployment.checksum, 'ostree.source-title');
    return {
      index: deployment.index,
      os: deployment.os,
      checksum: deployment.checksum,
      serial: deployment.serial,
      booted: deployment === booted,
      pending: deployment === pending,
      rollback: deployment === rollback,
      staged: deployment.staged,
      finalizationLocked: deployment.finalizationLocked,
      softRebootTarget: deployment.softRebootTarget,
      pinned: deployment.pinned,
      unlocked: deployment.unlocked,
      refspec: deployment.origin === null ? null : (deployment.refspec ?? ''),
      ...(version === undefined ? {} : { version }),
      ...(sourceTitle === undefined ? {} : { sourceTitle }),
      deployment,
    };
  });
}
