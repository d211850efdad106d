export { describeSignature, formatDate, requireValidSignature } from './describe.js';
export { addGpgSignatures, gpgSignatures, madeBy, withGpgSignatures } from './dictionary.js';
export { generateKey } from './generate.js';
export { importKeys } from './import.js';
export { readKeyring } from './keyring.js';
export { describeKey, listKeys } from './list.js';
export { signDetached } from './sign.js';
export { verifyDetached } from './verify.js';

export type { GeneratedKey } from './generate.js';
export type { ImportOptions, ImportResult } from './import.js';
export type { Keyring, KeyringEntry } from './keyring.js';
export type { KeyInfo, PublicKeyInfo, UserIdInfo } from './list.js';
export type { SignatureResult, SignatureStatus } from './result.js';
export type { SignOptions } from './sign.js';
export type { VerifyOptions } from './verify.js';
