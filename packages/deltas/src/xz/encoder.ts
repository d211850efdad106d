import { bindingEncoder } from './binding-encoder.js';
import type { Candidate } from './choose.js';
import { chooseFirst } from './choose.js';
import { dictionaryFor, presetFor } from './presets.js';
import { programEncoder } from './program-encoder.js';
import { systemEncoder } from './system-encoder.js';

/** What an encoder is told. */
export interface XzEncodeSettings {
  /** 0 to 9; of those that compress the same, the one that takes the least memory. */
  readonly preset: number;
  /** Bytes of dictionary, at most the preset's and at most what is of use. */
  readonly dictionary: number;
  /** See {@link EncodeXzOptions.positionBits}. */
  readonly positionBits: number;
}

/** One way to encode xz. */
export interface XzEncoder extends Candidate {
  /** Makes one stream with a CRC64, without holding up this thread. */
  encode(bytes: Uint8Array, settings: XzEncodeSettings): Promise<Uint8Array>;
}

/** The encoders in the order in which they are tried: the system's liblzma, the npm binding, the `xz` program. */
export const XZ_ENCODERS: readonly XzEncoder[] = [systemEncoder, bindingEncoder, programEncoder];

/** Options of {@link encodeXz}. */
export interface EncodeXzOptions {
  /** Preset of xz, 0 to 9; libostree uses 8. */
  readonly preset: number;
  /**
   * Low bits of a byte's place that tell what to expect of it, 0 to 4: 2 suits programs, which are made of words, 0 text and
   * bsdiff streams. An encoder that knows presets only passes over it.
   * @default 2
   */
  readonly positionBits?: number | undefined;
  /**
   * Encoders to try, the preferred one first.
   * @default XZ_ENCODERS
   */
  readonly encoders?: readonly XzEncoder[] | undefined;
}

/**
 * Encodes bytes as one xz stream. The work is done on another thread or in another process; for the memory that it takes
 * there see `xzEncodeMemory`. Throws an `OstError` with code `unsupported` if there is no encoder.
 */
export async function encodeXz(
  bytes: Uint8Array,
  { preset, positionBits = 2, encoders }: EncodeXzOptions,
): Promise<Uint8Array> {
  const dictionary = dictionaryFor(preset, bytes.length);
  const settings = { preset: presetFor(preset, bytes.length), dictionary, positionBits };
  const encoder = await chooseFirst(encoders ?? XZ_ENCODERS, 'encoder');
  return encoder.encode(bytes, settings);
}
