// What one does.
export { fetchRemoteSummary, planPull, pull } from './pull/pull.js';
export { formatPullStatus } from './pull/status.js';
export { mirror } from './mirror/mirror.js';

// Peer to peer, and by stick.
export { configFinder } from './find/config-finder.js';
export { lanFinder } from './find/lan-finder.js';
export { mountFinder } from './find/mount-finder.js';
export { overrideFinder } from './find/override-finder.js';
export { findRemotes } from './find/find-remotes.js';
export { pullFound } from './find/pull-found.js';
export { createUsb } from './find/create-usb.js';

// Remotes.
export { assertPullable, readRemoteConfig, requireUrl } from './remote/remote-config.js';
export {
  addCookie,
  cookieJarPath,
  deleteCookie,
  formatCookieJar,
  parseCookieJar,
  readCookies,
} from './remote/cookies.js';
export { RemoteSummary } from './summary/remote-summary.js';

// Limits, and the tasks that worker threads of a bundled program must know.
export { FETCH_LIMITS } from './limits.js';
export { fetchTasks } from './content/tasks.js';

export type { RemoteSummaryOptions } from './pull/pull.js';
export type { CollectionRef, DeltaEstimate, PulledRef, PullOptions, PullResult, PullStats } from './pull/options.js';
export type { Candidate, RepoFinder } from './find/finder.js';
export type { BrowseOptions } from './find/lan/browse.js';
export type { FindOptions, FindResult, FoundRemote } from './find/find-remotes.js';
export type { PullFoundOptions } from './find/pull-found.js';
export type { CreateUsbOptions, CreatedUsb } from './find/create-usb.js';
export type { MirrorOptions, MirrorResult } from './mirror/mirror.js';
export type { MirroredDeltas } from './mirror/mirror-deltas.js';
export type { PullEvent, PullProgress } from './events.js';
export type { PlannedCommit, PullPlan } from './pull/plan.js';
export type { MissingObjects } from './pull/missing-sizes.js';
export type { HttpOptions } from './http/settings.js';
export type { SignatureVerifier, Verdict, VerifyMechanism, VerifyRequest } from './verifier.js';
export type { AppliedDelta, ApplyDeltaContext, DeltaApplier, OpenedDelta, SignedDelta } from './delta-applier.js';
export type {
  RemoteConfig,
  RequiredEngines,
  SignVerify,
  TlsConfig,
  VerificationKeys,
} from './remote/remote-config.js';
export type { RemoteRef } from './summary/remote-summary.js';
export type { Cookie } from './remote/cookies.js';
