import { OstError, portableHash } from '@ost/objects';
import type { PartPayload } from '../format/payload.js';
import { openPayload } from '../format/payload.js';
import type { PartHeader, Superblock } from '../format/superblock.js';
import { deltaLimits } from '../limits.js';
import type { Awaitable, DeltaStore } from '../store.js';
import { Turns } from '../turns.js';
import { PartExecutor, type PartStats } from './execute.js';
import type { Claim } from './part-memory.js';
import { type PartRoom, type ReadPartOptions, split, unpack } from './unpack.js';

/** Gets the bytes of part `index` as stored, or as many as there are. Size and checksum are checked afterwards. */
export type FetchPart = (index: number, header: PartHeader, signal?: AbortSignal) => Awaitable<Uint8Array>;

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
  return applyStored(bytes, header, options, { store });
}

/**
 * The same with bytes that are nobody else's: their memory is given back as early as possible.
 * @param claim the memory that has been taken for the part
 */
export async function applyOwnPart(
  bytes: Uint8Array<ArrayBuffer>,
  header: PartHeader,
  store: DeltaStore,
  options: ReadPartOptions,
  claim: Claim,
): Promise<PartStats> {
  try {
    return await applyStored(bytes, header, options, { store, own: claim });
  } finally {
    claim.give();
  }
}

async function applyStored(
  bytes: Uint8Array,
  header: PartHeader,
  options: ReadPartOptions,
  room: PartRoom & { readonly store: DeltaStore },
): Promise<PartStats> {
  const payload = await unpack(split(bytes), header, options, room);
  try {
    return await execute(openPayload(payload, deltaLimits(options.limits).programSize), header, room.store, options);
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
