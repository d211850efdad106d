export { byteswap } from './byteswap.js';
export { codec } from './codec.js';
export { VariantError, VariantTextError } from './errors.js';
export { LIMITS } from './limits.js';
export { parseVariant } from './text/parse.js';
export { printVariant } from './text/print.js';
export { assertTypeString, isTypeString } from './type-string.js';
export { isVariant, variant } from './value.js';
export { openVariant } from './view.js';

export type { Codec, CodecOptions, Endian } from './codec.js';
export type { VariantErrorCode } from './errors.js';
export type { PrintOptions } from './text/print.js';
export type { Encodable, TypedVariant, Value, Variant } from './value.js';
export type { VariantView } from './view.js';
