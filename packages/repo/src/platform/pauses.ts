/** Bytes between two pauses: some milliseconds of work. */
const BETWEEN = 8 << 20;

/**
 * The chunks of a large file, which are read and handled synchronously, with pauses in which this thread does what else
 * waits: it takes the answers of workers, and gives them more.
 */
export async function* withPauses(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes < BETWEEN) continue;
    await new Promise((resolve) => setImmediate(resolve));
    bytes = 0;
  }
}
