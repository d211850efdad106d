import { corrupt } from '../errors.js';
import { MemoryPayload, type PayloadBytes } from '../format/payload-bytes.js';
import type { DeltaLimits } from '../limits.js';
import { deltaLimits } from '../limits.js';
import type { Candidate } from './choose.js';
import { chooseFirst } from './choose.js';
import { GrowingBytes } from './growing-bytes.js';
import { inspectXz } from './inspect.js';
import { liblzmaBackend } from './liblzma.js';
import { portableBackend } from './portable.js';
import { programBackend } from './program.js';

/** What a back end is told about the stream that it decodes. */
export interface XzDecodeOptions {
  /** Exactly how many bytes the stream yields if it is sound. */
  readonly size: number;
  /** Takes the next bytes, which it does not keep. What it throws ends the decoding. */
  readonly write: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/** One way to decode xz. */
export interface XzBackend extends Candidate {
  /**
   * Decodes one complete stream. Its frame has been checked and its size is within the limits. Throws an `OstError` with
   * code `corrupt` if it is not sound.
   */
  decode(stream: PayloadBytes, options: XzDecodeOptions): Promise<void>;
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
  /**
   * Called with a stream whose frame is sound, before it is decoded: moves it to where it takes no memory and answers what
   * it is read from then.
   * @default stays where it is
   */
  readonly moveAway?: ((stream: Uint8Array) => PayloadBytes) | undefined;
  /**
   * Runs the decoder when its memory may be taken.
   * @default at once
   */
  readonly whenFree?: ((decode: () => Promise<void>) => Promise<void>) | undefined;
}

/** The first of `backends` that works here. */
export function chooseXzBackend(backends: readonly XzBackend[] = XZ_BACKENDS): Promise<XzBackend> {
  return chooseFirst(backends, 'decoder');
}

/** Decodes one xz stream. Its frame and declared sizes are checked before a back end sees it. */
export async function decodeXz(stream: Uint8Array, options: DecodeXzOptions = {}): Promise<Uint8Array> {
  let bytes: GrowingBytes | undefined;
  const size = await decodeXzTo(
    (chunk, total) => {
      bytes ??= new GrowingBytes(total);
      bytes.append(chunk);
    },
    stream,
    options,
  );
  return bytes?.bytes ?? new Uint8Array(size);
}

/**
 * The same, chunk by chunk: the memory that it takes is the dictionary.
 * @param write takes each chunk, which it must not keep, and what the stream yields altogether if it is sound
 */
export async function decodeXzTo(
  write: (chunk: Uint8Array, total: number) => void,
  stream: Uint8Array,
  { backends, limits: overrides, signal, moveAway, whenFree }: DecodeXzOptions = {},
): Promise<number> {
  const limits = deltaLimits(overrides);
  const { size, blocks } = inspectXz(stream, { size: limits.payloadSize, dictionary: limits.xzDictionarySize });
  if (blocks.length === 0) return 0;
  const backend = await chooseXzBackend(backends);
  let written = 0;
  const take = (chunk: Uint8Array): void => {
    written += chunk.length;
    if (written > size) throw corrupt('Data is corrupt');
    write(chunk, size);
  };
  const source = moveAway?.(stream) ?? new MemoryPayload(stream, false);
  const decode = (): Promise<void> => backend.decode(source, { size, write: take, signal });
  await (whenFree === undefined ? decode() : whenFree(decode));
  if (written !== size) throw corrupt('Data is corrupt');
  return size;
}
