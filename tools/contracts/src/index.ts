export { describeDeflateProvider } from './deflate.js';
export { describeHashProvider } from './hash.js';
export { describeSignatureEngine } from './signature-engine.js';

export type { DeflateProviderLike, DeflateSkips } from './deflate.js';
export type { HasherLike, HashProviderLike } from './hash.js';
export type { KeyTexts, SignatureEngineFacts, SignatureEngineLike } from './signature-engine.js';
