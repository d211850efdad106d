import type { HashProvider } from '@ost/objects';
import { OstError, portableHash } from '@ost/objects';
import { corrupt, tooLarge } from '../errors.js';
import { freeBytes } from '../free-bytes.js';
import type { PartPayload } from '../format/payload.js';
import { parsePayload } from '../format/payload.js';
import type { InlinePart, PartHeader, Superblock } from '../format/superblock.js';
import type { DeltaLimits } from '../limits.js';
import { deltaLimits } from '../limits.js';
import type { Awaitable, DeltaStore } from '../store.js';
import { Turns } from '../turns.js';
import type { XzBackend } from '../xz/backend.js';
import { decodeXz } from '../xz/backend.js';
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
  return parsePayload((await unpack(part, header, options)).bytes);
}

/** A part as stored is a compression byte, then the payload. */
function split(bytes: Uint8Array): InlinePart {
  const compression = bytes[0];
  if (compression === undefined) throw corrupt('Static delta part is empty');
  return { compression, body: bytes.subarray(1) };
}

/** A payload; `own` if its memory is nobody else's. */
interface Unpacked {
  readonly bytes: Uint8Array;
  readonly own: boolean;
}

async function unpack(part: InlinePart, header: PartHeader, options: ReadPartOptions): Promise<Unpacked> {
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
    return { bytes: await decodeXz(body, { backends, limits, signal }), own: true };
  }
  if (compression !== PLAIN) throw corrupt(`Invalid compression type '${compression}'`);
  const limit = deltaLimits(options.limits).payloadSize;
  if (body.length > limit) throw tooLarge('Uncompressed size of static delta part', body.length, limit);
  return { bytes: body, own: false };
}

/**
 * Executes one part, given as stored: checks it against its header, decompresses it, and puts every object that the
 * store lacks into it.
 */
export async function applyPart(
  bytes: Uint8Array,
  header: PartHeader,
  store: DeltaStore,
  options: ReadPartOptions = {},
): Promise<PartStats> {
  const { bytes: plain, own } = await unpack(split(bytes), header, options);
  try {
    return await execute(parsePayload(plain), header, store, options);
  } finally {
    if (own) freeBytes(plain);
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
