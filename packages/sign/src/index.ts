export { addSignatures, removeSignatures, signaturesOf } from './dictionary.js';
export { ed25519 } from './ed25519.js';
export { signatureEngine, signatureEngines } from './engines.js';
export { KEY_DIRECTORIES, readRevokedKeys, readTrustedKeys } from './key-directories.js';
export { readPublicKeys, readSecretKeys } from './key-files.js';
export { SIGN_LIMITS } from './limits.js';
export { spki } from './spki.js';
export { verifySignatures } from './verify.js';

export type { KeyFilePair, KeyKind, PublicKey, SecretKey, SignatureEngine } from './engine.js';
export type { SignatureOutcome, SignatureReason } from './outcome.js';
export type { KeySet } from './verify.js';
