// The system root.
export { Sysroot } from './sysroot.js';
export { Deployment } from './state/deployment.js';
export { Layout } from './state/layout.js';
export { SysrootLock } from './state/lock.js';
export { enterMountNamespace, ensureWritable } from './deploy/writable.js';
export { sysrootEnvironment } from './environment.js';
export { journalEntry } from './journal.js';

// What one does with it.
export { initFs, initStateroot } from './deploy/init-fs.js';
export { changedKernelArgs, deploy } from './ops/deploy.js';
export { Upgrader } from './ops/upgrader.js';
export { switchTo } from './ops/switch.js';
export { deploymentNamed, pin, setDefault, undeploy } from './ops/list-changes.js';
export { editKernelArgsInPlace, setKernelArgs } from './ops/kernel-args.js';
export { setOrigin, writeOrigin } from './ops/origins.js';
export { configDiff } from './ops/config-diff.js';
export { ensureLabeled } from './ops/ensure-labeled.js';
export { diffDeployments } from './ops/diff.js';
export { status } from './ops/status.js';
export { unlock } from './ops/unlock.js';
export { blessBoot, countBoot } from './ops/boot-count.js';
export { completeBoot } from './ops/boot-complete.js';
export { prepareSoftReboot } from './ops/soft-reboot.js';
export { resetSoftReboot } from './deploy/soft-reboot-target.js';
export { installBootSupport } from './boot-support.js';
export { mountStateOverlay, prepareStateOverlay } from './ops/state-overlay.js';
export { cleanup } from './deploy/cleanup.js';
export {
  finalizeStaged,
  setFinalizationLocked,
  stageOverlayInitrd,
  stageTree,
  takeFinalizeFailure,
} from './deploy/staging.js';

// Its parts.
export { deployTree } from './deploy/tree.js';
export { insertDeployment } from './deploy/list.js';
export { writeDeployments } from './deploy/write.js';
export { diffDirectories } from './etc/diff.js';
export { mergeEtc } from './etc/merge.js';
export { parseDpkgStatus, readPackages } from './tree/packages.js';
export { findKernel } from './tree/kernel.js';
export { parseOsRelease, systemName } from './tree/os-release.js';
export { deploymentAt, mergeDeploymentFor, pendingAndRollback, stateroot } from './state/queries.js';
export { isPinned, originFor, originRefspec, readOrigin, removeTransientState } from './state/origin.js';
export { formatBootLink, parseBootLink, parseDeploymentName } from './state/layout.js';

export type { SysrootOptions } from './sysroot.js';
export type { DeploymentData, UnlockedState } from './state/deployment.js';
export type { BootLink, DeploymentId } from './state/layout.js';
export type { LockOptions } from './state/lock.js';
export type { SysrootSettings } from './state/settings.js';
export type { StagedData } from './state/staged-data.js';
export type { PendingAndRollback } from './state/queries.js';
export type { SysrootDebug, SysrootEnvironment } from './environment.js';
export type { OnMessage, OnProgress, SysrootMessage, SysrootProgress } from './messages.js';
export type { InitFsOptions, InitStaterootOptions } from './deploy/init-fs.js';
export type { DeployRequest, KernelArgChanges } from './ops/deploy.js';
export type {
  PullFunction,
  PullRequest,
  UpgradeDeployOptions,
  UpgradePullOptions,
  UpgraderOptions,
} from './ops/upgrader.js';
export type { SwitchRequest } from './ops/switch.js';
export type { SetKernelArgs } from './ops/kernel-args.js';
export type { SetOriginRequest } from './ops/origins.js';
export type { CountedBoot } from './ops/boot-count.js';
export type { ConfigDiff } from './ops/config-diff.js';
export type { EnsureLabeledOptions } from './ops/ensure-labeled.js';
export type { ChangedPackage, DeploymentDiff, PackageDiff, PackageVersion } from './ops/diff.js';
export type { PackageVersions } from './tree/packages.js';
export type { DeploymentStatus } from './ops/status.js';
export type { UnlockMode } from './ops/unlock.js';
export type { BootSupportOptions } from './boot-support.js';
export type { CleanupOptions } from './deploy/cleanup.js';
export type { FinalizeResult, StageRequest } from './deploy/staging.js';
export type { DeployTreeRequest } from './deploy/tree.js';
export type { InsertOptions } from './deploy/list.js';
export type { WriteResult } from './deploy/write.js';
export type { EtcDiff } from './etc/diff.js';
export type { EtcMerge, EtcMergeOptions } from './etc/merge.js';
export type { FindKernelOptions, KernelFile, KernelLayout } from './tree/kernel.js';
