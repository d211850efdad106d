import type { InflateRaw } from 'node:zlib';
import { OstError } from '@ost/objects';
import { nodeZlib } from './builtins.js';

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
 * @throws OstError `corrupt` for bad data, and for anything behind its end
 */
export async function* inflateStream(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inflate = nodeZlib().createInflateRaw({ chunkSize: CHUNK });
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
    let total = 0;
    try {
      for await (const chunk of inflate) {
        total += (chunk as Uint8Array).length;
        if (total > size) throw corrupt(`more than the ${size} bytes that the header announces`);
        yield chunk as Uint8Array;
      }
    } catch (error) {
      if (failed() !== null) throw failed() as Error;
      throw error instanceof OstError ? error : corrupt((error as Error).message, error);
    }
    ended = true;
    await feeding;
    if (failed() !== null) throw failed() as Error;
    if (inflate.bytesWritten !== fed) throw corrupt('trailing data');
    if (total !== size) throw corrupt(`${total} bytes instead of the ${size} that the header announces`);
  } finally {
    stop.abort();
    inflate.destroy();
  }
}
