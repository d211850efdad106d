import type { DeltaEnds } from '@ost/objects';
import { formatDeltaName, isOstError, OstError } from '@ost/objects';
import { corrupt } from '../errors.js';
import { ownBytes } from '../free-bytes.js';
import type { PartHeader, Superblock } from '../format/superblock.js';
import { deltaLimits } from '../limits.js';
import type { DeltaStore } from '../store.js';
import { throwIfAborted } from '../turns.js';
import type { PartStats } from './execute.js';
import { applyOwnPart, type FetchPart } from './part.js';
import { PartMemory } from './part-memory.js';
import { type ApplyPart, Hands, type PartWorkers } from './part-workers.js';
import type { ReadPartOptions } from './unpack.js';

/** Content of a delta, in bytes, below which starting a thread would take longer than applying it. */
const WORTH_A_THREAD = 8_000_000;

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
  /** Threads that apply parts beside this one. They are not asked for small deltas. */
  readonly workers?: PartWorkers | undefined;
  /**
   * What the fetcher answers is kept by nobody else: it need not be copied, and arrays are emptied when they are done with.
   * @default false
   */
  readonly ownParts?: boolean | undefined;
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
 * Applies all parts of a delta, in any order, as none of them depends on another. Parts whose objects are all stored are
 * neither fetched nor executed; inline parts are taken from the superblock. The commit object itself, its detached metadata
 * and the fallbacks are left to the caller, who decides what has to be verified first.
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
  const workers = usize < WORTH_A_THREAD || delta.parts.length === 1 ? undefined : options.workers;
  const lanes = 1 + Math.max(Math.trunc(options.ahead ?? 2), workers?.concurrency ?? 0, 0);
  const memory = PartMemory.within(deltaLimits(options.limits), store);
  const here: ApplyPart = (bytes, header) =>
    applyOwnPart(bytes, header, store, { ...options, signal: inner }, memory.claimOf(header));
  const hands = new Hands(here, workers, lanes, memory);
  const stored = async (index: number, header: PartHeader): Promise<Uint8Array<ArrayBuffer>> => {
    const inline = delta.inlineParts.get(index);
    if (inline !== undefined) return ownBytes(Uint8Array.of(inline.compression), inline.body);
    const bytes = await fetchPart(index, header, inner);
    onProgress?.({ type: 'part-fetched', part: index, size: bytes.length });
    return options.ownParts ? ownBytes(bytes) : bytes.slice();
  };

  const result = { metadata: 0, content: 0, present: 0, bytes: 0, applied: 0, skipped: 0 };
  const apply = async (index: number, header: PartHeader): Promise<void> => {
    throwIfAborted(inner);
    if (isPresent(header, store)) {
      result.skipped++;
      memory.claimOf(header).give();
      onProgress?.({ type: 'part-skipped', part: index });
      return;
    }
    const stats = await hands.apply(await stored(index, header), header);
    result.applied++;
    for (const key of ['metadata', 'content', 'present', 'bytes'] as const) result[key] += stats[key];
    onProgress?.({ type: 'part-applied', part: index, stats });
  };
  let failure: { readonly error: unknown; readonly part: number | undefined } | undefined;
  // The largest first, as far as there is room: then all threads end at about the same time.
  const rest = [...delta.parts.entries()].sort(([, a], [, b]) => b.size - a.size);
  const lane = async (): Promise<void> => {
    for (let part: number | undefined; ; ) {
      try {
        const next = await memory.until(() => takeNext(rest, memory), inner);
        if (next === undefined) return;
        part = next[0];
        await apply(...next);
      } catch (error) {
        failure ??= { error, part };
        stop.abort();
        memory.abandon();
        return;
      }
    }
  };
  // Whatever happens, nothing is under way any more when this returns.
  await Promise.all(Array.from({ length: lanes }, lane));
  throwIfAborted(signal);
  if (failure === undefined) return result;
  const { error, part } = failure;
  throw isOstError(error) ? error.withPrefix(`Executing delta part ${part}: `) : error;
}

/** Takes the first part that there is memory for: null when there is none for any, undefined when all are taken. */
function takeNext(rest: [number, PartHeader][], memory: PartMemory) {
  const next = rest.findIndex(([, header]) => memory.take(header));
  return next === -1 && rest.length > 0 ? null : rest.splice(next, 1)[0];
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
