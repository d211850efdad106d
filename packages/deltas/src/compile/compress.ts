import { encodeXz } from '../xz/encoder.js';
import { dictionaryFor } from '../xz/presets.js';
import { compressedEstimate } from './estimate.js';
import { reachOf } from './reach.js';

/**
 * Presets of xz, measured on Debian's trees against 8, which libostree takes for everything: bsdiff streams are mostly
 * zeros, of which 3 makes as little at a fifth of the time; whole files get 0.1% larger with 6 in two thirds of the time
 * and a quarter of the memory; what is compressed already takes long with any other than 0.
 */
const PRESETS = { differences: 3, files: 6, compressed: 0 } as const;
/** Those that search alike, and look ever further back. */
const WIDE = [6, 7, 8] as const;

/** What xz expects to be words, as programs are made of, or bytes. */
const WORDS = 2;
const BYTES = 0;

/** Payloads up to this size take no time, whatever is tried. */
const SMALL = 1_000_000;
/** What compresses to more than this share is compressed already: by a sample, then as it turned out. */
const COMPRESSED = 0.95;
const STILL_COMPRESSED = 0.998;

/**
 * Compresses the payload of a part about as well as libostree's preset does, and faster where it makes no difference.
 * @param differences share of the payload that is made from old files
 */
export async function compressPayload(payload: Uint8Array, differences: number): Promise<Uint8Array> {
  const reach = reachOf(payload);
  const reaches = (preset: number): boolean => dictionaryFor(preset, reach) >= reach;
  const wide = WIDE.find(reaches) ?? WIDE[2];
  if (payload.length <= SMALL) {
    const words = await encodeXz(payload, { preset: wide, positionBits: WORDS });
    const bytes = await encodeXz(payload, { preset: wide, positionBits: BYTES });
    return bytes.length < words.length ? bytes : words;
  }
  const positionBits = differences > 1 / 2 ? BYTES : WORDS;
  const fast = PRESETS[kindOf(payload, differences)];
  const preset = reaches(fast) ? fast : wide;
  const compressed = await encodeXz(payload, { preset, positionBits });
  const misjudged = preset === PRESETS.compressed && compressed.length < payload.length * STILL_COMPRESSED;
  return misjudged ? encodeXz(payload, { preset: wide, positionBits }) : compressed;
}

function kindOf(payload: Uint8Array, differences: number): keyof typeof PRESETS {
  if (differences === 1) return 'differences';
  return compressedEstimate(payload) > payload.length * COMPRESSED ? 'compressed' : 'files';
}
