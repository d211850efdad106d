export { codec } from './codec.js';
export { VariantError, VariantTextError } from './errors.js';
export { LIMITS } from './limits.js';
export { assertTypeString, isTypeString } from './type-string.js';
export { variant } from './value.js';

export type { Codec, CodecOptions, Endian } from './codec.js';
export type { VariantErrorCode } from './errors.js';
export type { Encodable, Value, Variant } from './value.js';
