import type { InflateRaw } from 'node:zlib';
import { OstError } from '@ost/objects';
import { nodeZlib } from './builtins.js';
import { ZlibState } from './zlib-state.js';

/** Output is handed over in pieces of this size: fewer are far cheaper. */
const CHUNK = 1 << 18;

function corrupt(message: string, cause?: unknown): OstError {
  return new OstError('corrupt', `Invalid compressed data: ${message}`, { cause });
}

/** Waits until there is room for more. zlib takes no more once its stream has ended, so that counts as well. */
function roomIn(inflate: InflateRaw): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'end', 'error', 'close'] as const;
    const done = (): void => {
      for (const event of events) inflate.off(event, done);
      resolve();
    };
    for (const event of events) inflate.on(event, done);
  });
}

/**
 * Inflates raw DEFLATE while it comes.
 * @param size length that the result must have; more is refused as soon as it shows
 * @returns pieces, each of which the next one may overwrite
 * @throws OstError `corrupt` for bad data, and for anything behind its end
 */
export async function* inflateStream(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inflate = nodeZlib().createInflateRaw({ chunkSize: CHUNK });
  const zlib = ZlibState.of(inflate);
  let total = 0;
  try {
    for await (const piece of zlib === null ? byStream(inflate, chunks) : byState(zlib, chunks)) {
      total += piece.length;
      if (total > size) throw corrupt(`more than the ${size} bytes that the header announces`);
      yield piece;
    }
    if (total !== size) throw corrupt(`${total} bytes instead of the ${size} that the header announces`);
  } finally {
    inflate.destroy();
  }
}

/**
 * On this thread, into one buffer. Streams of Node inflate on other threads, which costs more than it saves where all
 * processors have work: a thread that fetches has the next objects to unpack meanwhile.
 */
async function* byState(
  zlib: ZlibState,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const output = Buffer.allocUnsafeSlow(CHUNK);
  for await (const chunk of chunks) {
    let left = { room: 0, unread: chunk.length };
    while (left.room === 0) {
      left = attempt(() => zlib.step(chunk.subarray(chunk.length - left.unread), output));
      if (left.room < CHUNK) yield output.subarray(0, CHUNK - left.room);
    }
    // It stops early only behind the end of the data.
    if (left.unread > 0) throw corrupt('trailing data');
  }
  attempt(() => zlib.end(output));
}

function attempt<T>(inflate: () => T): T {
  try {
    return inflate();
  } catch (error) {
    throw corrupt((error as Error).message, error);
  }
}

/** By what Node documents, should it be different inside. */
async function* byStream(
  inflate: InflateRaw,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let fed = 0;
  let ended = false;
  let failure: Error | null = null;
  const stop = new AbortController();
  const feed = async (): Promise<void> => {
    for await (const chunk of chunks) {
      if (stop.signal.aborted) return;
      if (ended) throw corrupt('trailing data');
      fed += chunk.length;
      if (!inflate.write(chunk)) await roomIn(inflate);
    }
    inflate.end();
  };
  const failed = (): Error | null => failure;
  const feeding = feed().catch((error: unknown) => {
    failure = error as Error;
    inflate.destroy();
  });
  try {
    try {
      for await (const chunk of inflate) yield chunk as Uint8Array;
    } catch (error) {
      if (failed() !== null) throw failed() as Error;
      throw error instanceof OstError ? error : corrupt((error as Error).message, error);
    }
    ended = true;
    await feeding;
    if (failed() !== null) throw failed() as Error;
    if (inflate.bytesWritten !== fed) throw corrupt('trailing data');
  } finally {
    stop.abort();
  }
}
