import { corrupt } from '../errors.js';
import type { DeltaLimits } from '../limits.js';
import { deltaLimits } from '../limits.js';
import type { Candidate } from './choose.js';
import { chooseFirst } from './choose.js';
import { inspectXz } from './inspect.js';
import { liblzmaBackend } from './liblzma.js';
import { portableBackend } from './portable.js';
import { programBackend } from './program.js';

/** What a back end is told about the stream that it decodes. */
export interface XzDecodeOptions {
  /** Exactly how many bytes the stream yields if it is sound. */
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
}

/** One way to decode xz. */
export interface XzBackend extends Candidate {
  /**
   * Decodes one complete stream. Its frame has been checked and its size is within the limits. Throws an `OstError` with
   * code `corrupt` if it does not decode to exactly `size` bytes.
   */
  decode(stream: Uint8Array, options: XzDecodeOptions): Promise<Uint8Array>;
}

/** The back ends in the order in which they are tried: native code, the `xz` program, then TypeScript. */
export const XZ_BACKENDS: readonly XzBackend[] = [liblzmaBackend, programBackend, portableBackend];

/** Options of {@link decodeXz}. */
export interface DecodeXzOptions {
  /**
   * Back ends to try, the preferred one first.
   * @default XZ_BACKENDS
   */
  readonly backends?: readonly XzBackend[] | undefined;
  readonly limits?: Partial<DeltaLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The first of `backends` that works here. */
export function chooseXzBackend(backends: readonly XzBackend[] = XZ_BACKENDS): Promise<XzBackend> {
  return chooseFirst(backends, 'decoder');
}

/** Decodes one xz stream. Its frame and declared sizes are checked before a back end sees it. */
export async function decodeXz(stream: Uint8Array, options: DecodeXzOptions = {}): Promise<Uint8Array> {
  const limits = deltaLimits(options.limits);
  const { size, blocks } = inspectXz(stream, { size: limits.payloadSize, dictionary: limits.xzDictionarySize });
  if (blocks.length === 0) return new Uint8Array(0);
  const backend = await chooseXzBackend(options.backends);
  const bytes = await backend.decode(stream, { size, signal: options.signal });
  if (bytes.length !== size) throw corrupt('Data is corrupt');
  return bytes;
}
