import { type ArchiveHeader, archiveHeaderLength, OstError, parseArchiveHeader } from '@ost/objects';

/** A `.filez` object that is still coming. */
export interface ArchiveStream extends ArchiveHeader {
  /** The framed header as received. */
  readonly head: Uint8Array;
  /** The compressed content. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads the header of a `.filez` object off a stream.
 * @throws OstError `corrupt`, `not-normal` or `limit`
 */
export async function openArchiveStream(chunks: AsyncIterable<Uint8Array>): Promise<ArchiveStream> {
  const iterator = chunks[Symbol.asyncIterator]();
  let bytes: Uint8Array = new Uint8Array();
  const need = async (length: number): Promise<void> => {
    while (bytes.length < length) {
      const next = await iterator.next();
      if (next.done === true) {
        throw new OstError('corrupt', `File header size ${length} exceeds size ${bytes.length}`);
      }
      bytes = bytes.length === 0 ? next.value : Buffer.concat([bytes, next.value]);
    }
  };
  try {
    await need(8);
    await need(archiveHeaderLength(bytes));
    const header = parseArchiveHeader(bytes);
    const head = bytes.subarray(0, header.headerLength);
    return { ...header, head, body: rest(bytes.subarray(header.headerLength), iterator) };
  } catch (error) {
    await iterator.return?.();
    throw error;
  }
}

async function* rest(
  first: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (first.length > 0) yield first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
