import type { Variant } from '@ost/gvariant';
import { corrupt } from '../errors.js';

const LITTLE = 0x6c; // 'l'
const BIG = 0x42; // 'B'
const MAX_RATIO = 1.2;
const MAX_MEAN_OBJECT = 0xffff_ffffn;

/** The byte order of a superblock's part headers and fallback entries, and how it is known. */
export interface DeltaByteOrder {
  /** `invalid`: the superblock names an order that does not exist; it is read as little-endian. */
  readonly order: 'little' | 'big' | 'invalid';
  /** True if the superblock does not name its order, so it was guessed from the sizes. */
  readonly heuristic: boolean;
}

/** The numbers of a part header that the guess looks at, read as little-endian. */
export interface PartSizes {
  readonly size: bigint;
  readonly usize: bigint;
  readonly objects: number;
}

/** Finds the byte order ("Byte order" of the delta format): the `ostree.endianness` key, or else a look at the sizes. */
export function detectByteOrder(key: Variant | undefined, parts: readonly PartSizes[]): DeltaByteOrder {
  if (key !== undefined) {
    if (key.type !== 'y') throw corrupt(`Invalid type '${key.type}' of ostree.endianness`);
    const order = key.value === LITTLE ? 'little' : key.value === BIG ? 'big' : 'invalid';
    return { order, heuristic: false };
  }
  return { order: looksSwapped(parts) ? 'big' : 'little', heuristic: true };
}

/** Reverses the bytes of a 32-bit number. */
export function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** Reverses the bytes of a 64-bit number. */
export function swap64(value: bigint): bigint {
  const low = swap32(Number(value & 0xffff_ffffn));
  const high = swap32(Number(value >> 32n));
  return (BigInt(low) << 32n) | BigInt(high);
}

function looksSwapped(parts: readonly PartSizes[]): boolean {
  let total = 0n;
  let swapped = 0n;
  let objects = 0;
  let grew = false;
  for (const part of parts) {
    total += part.size;
    swapped += swap64(part.size);
    objects += part.objects;
    // Compression does not make things larger by a fifth, but a swapped number easily is.
    if (part.size > part.usize && Number(part.size) > Number(part.usize) * MAX_RATIO) grew = true;
  }
  const huge = objects > 0 && total / BigInt(objects) > MAX_MEAN_OBJECT;
  // Very small parts do grow (xz has a frame); the other reading must at least be the more plausible one.
  return (grew || huge) && swapped < total;
}
