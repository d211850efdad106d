export { engineVerdict } from './engine-verdict.js';
export { allKeyrings, globalKeyrings, ownKeyrings, remoteKeyrings } from './keyrings.js';
export { requireSignedCommit, requireSignedSummary } from './local-source.js';
export { remoteEngines } from './remote-engines.js';
export { remoteVerifier } from './verifier.js';

export type { LocalCommit } from './local-source.js';
export type { EngineKeys, KeyPlaces } from './remote-engines.js';
