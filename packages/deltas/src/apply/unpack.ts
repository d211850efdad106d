import type { HashProvider } from '@ost/objects';
import { portableHash } from '@ost/objects';
import { corrupt, tooLarge } from '../errors.js';
import { freeBytes } from '../free-bytes.js';
import { MemoryPayload, ScratchPayload, type StoredPayload } from '../format/payload-bytes.js';
import type { InlinePart, PartHeader } from '../format/superblock.js';
import type { DeltaLimits } from '../limits.js';
import { deltaLimits } from '../limits.js';
import type { DeltaStore, ScratchFile } from '../store.js';
import type { Claim } from './part-memory.js';
import type { DecodeXzOptions, XzBackend } from '../xz/backend.js';
import { decodeXz, decodeXzTo } from '../xz/backend.js';

const PLAIN = 0;
const XZ = 0x78; // 'x'

/** A part from this size on waits in a scratch file while it is decompressed: its memory goes before the dictionary's comes. */
const LARGE_PART = 4 * 1024 * 1024;

/** Options of everything that reads parts. */
export interface ReadPartOptions {
  /**
   * Computes every checksum. Pass one on `node:crypto` for speed.
   * @default portableHash
   */
  readonly hash?: HashProvider | undefined;
  /**
   * Decoders to try, the preferred one first.
   * @default XZ_BACKENDS
   */
  readonly xz?: readonly XzBackend[] | undefined;
  readonly limits?: Partial<DeltaLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the bytes of a part may go, and whose they are. */
export interface PartRoom {
  /** May have scratch files. */
  readonly store?: DeltaStore | undefined;
  /** Given where the bytes as stored are nobody else's, so that their memory can be given back. */
  readonly own?: Claim | undefined;
}

/** A part as stored is a compression byte, then the payload. */
export function split(bytes: Uint8Array): InlinePart {
  const compression = bytes[0];
  if (compression === undefined) throw corrupt('Static delta part is empty');
  return { compression, body: bytes.subarray(1) };
}

/** Checks and decompresses a part. What comes out goes to a scratch file of the store, if it makes any. */
export async function unpack(
  { compression, body }: InlinePart,
  header: PartHeader,
  options: ReadPartOptions,
  { store, own }: PartRoom,
): Promise<StoredPayload> {
  const size = body.length + 1;
  if (size > header.size) throw tooLarge('Size of static delta part', size, header.size);
  const actual = (options.hash ?? portableHash).sha256(Uint8Array.of(compression), body);
  if (actual !== header.checksum) {
    const expected = header.checksum;
    const message = `Checksum mismatch in static delta part; expected=${expected} actual=${actual}`;
    throw corrupt(message, { expected, actual });
  }
  if (compression === XZ) {
    const { xz: backends, limits, signal } = options;
    const whenFree = own && ((decode: () => Promise<void>) => own.decode(decode, signal));
    const how = { backends, limits, signal, whenFree };
    try {
      const scratch = store?.scratch?.bind(store);
      if (scratch === undefined) return new MemoryPayload(await decodeXz(body, how), true);
      const payload = await decodeToScratch(body, scratch, own, how);
      own?.give();
      return payload;
    } finally {
      if (own !== undefined) freeBytes(body);
    }
  }
  if (compression !== PLAIN) throw corrupt(`Invalid compression type '${compression}'`);
  const limit = deltaLimits(options.limits).payloadSize;
  if (body.length > limit) throw tooLarge('Uncompressed size of static delta part', body.length, limit);
  return new MemoryPayload(body, own !== undefined);
}

async function decodeToScratch(
  body: Uint8Array,
  scratch: () => ScratchFile,
  own: Claim | undefined,
  options: DecodeXzOptions,
): Promise<StoredPayload> {
  const payload = new ScratchPayload(scratch());
  let stored: ScratchPayload | undefined;
  const moveAway = (stream: Uint8Array): ScratchPayload => {
    stored = new ScratchPayload(scratch());
    stored.append(stream);
    freeBytes(stream);
    own?.give();
    return stored;
  };
  try {
    const how = own !== undefined && body.length >= LARGE_PART ? { ...options, moveAway } : options;
    await decodeXzTo((chunk) => payload.append(chunk), body, how);
    return payload;
  } catch (error) {
    payload.close();
    throw error;
  } finally {
    stored?.close();
  }
}
