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

/** Payloads up to this size take no time, whatever the preset. */
const SMALL = 1_000_000;
/** What compresses to more than this share is compressed already: by a sample, then as it turned out. */
const COMPRESSED = 0.95;
const STILL_COMPRESSED = 0.998;

/** Compresses the payload of a part about as well as libostree's preset does, and faster where it makes no difference. */
export async function compressPayload(payload: Uint8Array, onlyDifferences: boolean): Promise<Uint8Array> {
  const reach = reachOf(payload);
  const reaches = (preset: number): boolean => dictionaryFor(preset, reach) >= reach;
  const wide = WIDE.find(reaches) ?? WIDE[2];
  const fast = PRESETS[kindOf(payload, onlyDifferences)];
  const preset = payload.length > SMALL && reaches(fast) ? fast : wide;
  const compressed = await encodeXz(payload, { preset });
  const misjudged = preset === PRESETS.compressed && compressed.length < payload.length * STILL_COMPRESSED;
  return misjudged ? encodeXz(payload, { preset: wide }) : compressed;
}

function kindOf(payload: Uint8Array, onlyDifferences: boolean): keyof typeof PRESETS {
  if (onlyDifferences) return 'differences';
  return compressedEstimate(payload) > payload.length * COMPRESSED ? 'compressed' : 'files';
}
