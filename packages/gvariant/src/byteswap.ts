import { codec } from './codec.js';
import type { Value } from './value.js';

/**
 * The value with every 16, 32 and 64 bit number reversed, all the way down: what libostree's raw dumps show.
 * A double that turns into a NaN keeps no payload, so swapping that one back gives another NaN.
 *
 * @example
 * ```ts
 * byteswap('(ut)', [1, 1n]); // [16777216, 72057594037927936n]
 * ```
 */
export function byteswap<const T extends string>(type: T, value: Value<T>): Value<T> {
  const swapper = codec<string>(type);
  return swapper.decode(swapper.encode(value, { endian: 'little' }), { endian: 'big' }) as Value<T>;
}
