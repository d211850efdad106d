import type { DeltaEnds } from '@ost/objects';
import { formatDeltaName, isOstError, OstError, portableHash } from '@ost/objects';
import { corrupt } from '../errors.js';
import type { PartPayload } from '../format/payload.js';
import type { PartHeader, Superblock } from '../format/superblock.js';
import { deltaLimits } from '../limits.js';
import type { DeltaStore } from '../store.js';
import { throwIfAborted, Turns } from '../turns.js';
import type { PartStats } from './execute.js';
import { PartExecutor } from './execute.js';
import type { FetchPart, ReadPartOptions } from './part.js';
import { readPart, unpackPart } from './part.js';

/** What {@link applyDelta} reports while it works. */
export type DeltaProgress =
  | { readonly type: 'delta-start'; readonly parts: number; readonly size: number; readonly usize: number }
  | { readonly type: 'part-fetched'; readonly part: number; readonly size: number }
  | { readonly type: 'part-skipped'; readonly part: number }
  | { readonly type: 'part-applied'; readonly part: number; readonly stats: Readonly<PartStats> };

/** Options of {@link applyDelta}. */
export interface ApplyDeltaOptions extends ReadPartOptions {
  /** The pair that was asked for; a delta of another pair is refused. `from: null` means from scratch. */
  readonly expect?: DeltaEnds | undefined;
  /**
   * How many parts are fetched and decompressed while another one is executed, as far as `limits.aheadSize` allows.
   * Decompression takes most of the time and runs on other threads.
   * @default 2
   */
  readonly ahead?: number | undefined;
  readonly onProgress?: ((event: DeltaProgress) => void) | undefined;
}

/** What applying a delta did. */
export interface ApplyDeltaResult extends Readonly<PartStats> {
  /** Parts that were executed, and those that had nothing new. */
  readonly applied: number;
  readonly skipped: number;
}

/** Throws unless the delta is between these commits; `null` is scratch. */
export function expectPair(delta: Superblock, pair: DeltaEnds): void {
  if (delta.from === pair.from && delta.to === pair.to) return;
  const name = formatDeltaName(pair.from, pair.to);
  throw corrupt(`Static delta is ${delta.name}, expected ${name}`, { expected: pair, actual: delta.name });
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
  return execute(await unpackPart(bytes, header, options), header, store, options);
}

/**
 * Applies all parts of a delta in order. Parts whose objects are all stored are neither fetched nor executed; inline
 * parts are taken from the superblock. The commit object itself, its detached metadata and the fallbacks are left to the
 * caller, who decides what has to be verified first.
 */
export async function applyDelta(
  delta: Superblock,
  fetchPart: FetchPart,
  store: DeltaStore,
  options: ApplyDeltaOptions = {},
): Promise<ApplyDeltaResult> {
  const { onProgress, signal } = options;
  if (options.expect !== undefined) expectPair(delta, options.expect);
  checkVersions(delta);
  const size = delta.parts.reduce((sum, part) => sum + part.size, 0);
  const usize = delta.parts.reduce((sum, part) => sum + part.usize, 0);
  onProgress?.({ type: 'delta-start', parts: delta.parts.length, size, usize });

  const stop = new AbortController();
  const inner = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const fetched: FetchPart = async (index, header, signal) => {
    const bytes = await fetchPart(index, header, signal);
    onProgress?.({ type: 'part-fetched', part: index, size: bytes.length });
    return bytes;
  };
  const load = async (index: number, header: PartHeader): Promise<PartPayload | null> => {
    if (isPresent(header, store)) return null;
    return readPart(delta, index, fetched, { ...options, signal: inner });
  };

  const result = { metadata: 0, content: 0, present: 0, bytes: 0, applied: 0, skipped: 0 };
  const waiting: { index: number; header: PartHeader; payload: Promise<PartPayload | null> }[] = [];
  const window = 1 + Math.max(0, Math.trunc(options.ahead ?? 2));
  const { aheadSize } = deltaLimits(options.limits);
  let next = 0;
  const fill = (): void => {
    let inMemory = waiting.reduce((sum, { header }) => sum + header.usize, 0);
    while (waiting.length < window) {
      const index = next;
      const header = delta.parts[index];
      if (header === undefined) return;
      inMemory += header.usize;
      if (waiting.length > 0 && inMemory > aheadSize) return;
      const payload = load(index, header);
      payload.catch(() => {}); // seen when its turn comes, unless an earlier part failed
      waiting.push({ index, header, payload });
      next++;
    }
  };
  try {
    for (;;) {
      fill();
      const current = waiting[0];
      if (current === undefined) return result;
      const { index, header } = current;
      try {
        throwIfAborted(signal);
        const payload = await current.payload;
        if (payload === null) {
          result.skipped++;
          onProgress?.({ type: 'part-skipped', part: index });
        } else {
          const stats = await execute(payload, header, store, options);
          result.applied++;
          for (const key of ['metadata', 'content', 'present', 'bytes'] as const) result[key] += stats[key];
          onProgress?.({ type: 'part-applied', part: index, stats });
        }
      } catch (error) {
        throwIfAborted(signal);
        throw isOstError(error) ? error.withPrefix(`Executing delta part ${index}: `) : error;
      }
      waiting.shift();
    }
  } finally {
    stop.abort();
    await Promise.allSettled(waiting.map(({ payload }) => payload));
  }
}

/** Throws if a part is of a format version that this applier does not know. */
function checkVersions(delta: Superblock): void {
  for (const { version } of delta.parts) {
    if (version > 0) throw new OstError('unsupported', `Delta part has too new version ${version}`);
  }
}

function isPresent({ objects }: PartHeader, store: DeltaStore): boolean {
  for (const { type, checksum } of objects) if (!store.hasObject(type, checksum)) return false;
  return true;
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
