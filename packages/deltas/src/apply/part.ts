import type { HashProvider } from '@ost/objects';
import { OstError, portableHash } from '@ost/objects';
import { corrupt, tooLarge } from '../errors.js';
import { freeBytes } from '../free-bytes.js';
import type { PartPayload } from '../format/payload.js';
import { openPayload } from '../format/payload.js';
import { MemoryPayload, ScratchPayload, type StoredPayload } from '../format/payload-bytes.js';
import type { InlinePart, PartHeader, Superblock } from '../format/superblock.js';
import type { DeltaLimits } from '../limits.js';
import { deltaLimits } from '../limits.js';
import type { Awaitable, DeltaStore, ScratchFile } from '../store.js';
import { Turns } from '../turns.js';
import type { DecodeXzOptions, XzBackend } from '../xz/backend.js';
import { decodeXz, decodeXzTo } from '../xz/backend.js';
import { PartExecutor, type PartStats } from './execute.js';

const PLAIN = 0;
const XZ = 0x78; // 'x'

/** Gets the bytes of part `index` as stored, or as many as there are. Size and checksum are checked afterwards. */
export type FetchPart = (index: number, header: PartHeader, signal?: AbortSignal) => Awaitable<Uint8Array>;

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

/**
 * Gets one part of a delta, from the superblock if it is inline: checks it against its header, decompresses and parses
 * it.
 */
export async function readPart(
  delta: Superblock,
  index: number,
  fetchPart: FetchPart,
  options: ReadPartOptions = {},
): Promise<PartPayload> {
  const header = delta.parts[index];
  if (header === undefined) throw new OstError('invalid-argument', `Static delta has no part ${index}`);
  const part = delta.inlineParts.get(index) ?? split(await fetchPart(index, header, options.signal));
  return openPayload(await unpack(part, header, options, {}), deltaLimits(options.limits).programSize);
}

/** A part as stored is a compression byte, then the payload. */
function split(bytes: Uint8Array): InlinePart {
  const compression = bytes[0];
  if (compression === undefined) throw corrupt('Static delta part is empty');
  return { compression, body: bytes.subarray(1) };
}

/** Checks and decompresses a part. What comes out goes to a scratch file of the store, if it makes any. */
async function unpack(
  part: InlinePart,
  header: PartHeader,
  options: ReadPartOptions,
  { store, own = false }: { readonly store?: DeltaStore; readonly own?: boolean },
): Promise<StoredPayload> {
  const { compression, body } = part;
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
    const how = { backends, limits, signal };
    const scratch = store?.scratch?.();
    try {
      if (scratch !== undefined) return await decodeTo(scratch, body, how);
      return new MemoryPayload(await decodeXz(body, how), true);
    } finally {
      if (own) freeBytes(body);
    }
  }
  if (compression !== PLAIN) throw corrupt(`Invalid compression type '${compression}'`);
  const limit = deltaLimits(options.limits).payloadSize;
  if (body.length > limit) throw tooLarge('Uncompressed size of static delta part', body.length, limit);
  return new MemoryPayload(body, own);
}

async function decodeTo(scratch: ScratchFile, body: Uint8Array, options: DecodeXzOptions): Promise<StoredPayload> {
  const payload = new ScratchPayload(scratch);
  try {
    await decodeXzTo((chunk) => payload.append(chunk), body, options);
    return payload;
  } catch (error) {
    payload.close();
    throw error;
  }
}

/**
 * Executes one part, given as stored: checks it against its header, decompresses it, and puts every object that the
 * store lacks into it.
 */
export function applyPart(
  bytes: Uint8Array,
  header: PartHeader,
  store: DeltaStore,
  options: ReadPartOptions = {},
): Promise<PartStats> {
  return applyStored(bytes, header, store, options, false);
}

/** The same with bytes that are nobody else's: their memory is given back as early as possible. */
export function applyOwnPart(
  bytes: Uint8Array<ArrayBuffer>,
  header: PartHeader,
  store: DeltaStore,
  options: ReadPartOptions = {},
): Promise<PartStats> {
  return applyStored(bytes, header, store, options, true);
}

async function applyStored(
  bytes: Uint8Array,
  header: PartHeader,
  store: DeltaStore,
  options: ReadPartOptions,
  own: boolean,
): Promise<PartStats> {
  const payload = await unpack(split(bytes), header, options, { store, own });
  try {
    return await execute(openPayload(payload, deltaLimits(options.limits).programSize), header, store, options);
  } finally {
    payload.close();
  }
}

async function execute(
  payload: PartPayload,
  header: PartHeader,
  store: DeltaStore,
  options: ReadPartOptions,
): Promise<PartStats> {
  const limits = deltaLimits(options.limits);
  const executor = new PartExecutor(header, payload, { store, hash: options.hash ?? portableHash, limits });
  const turns = new Turns(options.signal);
  try {
    for (;;) {
      const answer = executor.step();
      if (!(typeof answer === 'boolean' ? answer : await answer)) return executor.stats;
      const turn = turns.take();
      if (turn !== undefined) await turn;
    }
  } finally {
    await executor.close();
  }
}
