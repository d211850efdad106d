import { type DirTreeLayout, nameDecoder } from './dirtree-scan.js';
import { OstError } from './errors.js';
import { assertFileName } from './names.js';

/**
 * Checks the names that a scan has found in `bytes`: each one, that files and subdirectories are sorted, and that no name
 * is both (repository format, "dirtree"). Makes no text of any unless one is wrong.
 * @param code of the error when names are right, but not the list
 * @throws OstError `invalid-name`, or `code`
 */
export function assertEntryNames(bytes: Uint8Array, layout: DirTreeLayout, code: 'corrupt' | 'invalid-argument'): void {
  const { fileCount, dirCount, spans, namesValid } = layout;
  const count = fileCount + dirCount;
  const name = (entry: number): string => nameAt(bytes, spans[2 * entry] as number, spans[2 * entry + 1] as number);
  if (!namesValid) for (let i = 0; i < count; i++) assertFileName(name(i));
  for (let i = 1; i < count; i++) {
    if (i === fileCount || compareEntries(bytes, spans, i - 1, i) < 0) continue;
    const [previous, next] = [name(i - 1), name(i)];
    const what = `Directory entries are not sorted: ${previous}, ${next}`;
    throw new OstError(code, what, { data: { previous, name: next } });
  }
  // Both lists are sorted: the smaller of their next names is never in the other one.
  for (let file = 0, dir = fileCount; file < fileCount && dir < count; ) {
    const order = compareEntries(bytes, spans, file, dir);
    if (order === 0) {
      const both = name(file);
      throw new OstError(code, `Name ${both} is both a file and a directory`, { data: { name: both } });
    }
    if (order < 0) file++;
    else dir++;
  }
}

/** Compares the names of two entries, which is done byte by byte. */
function compareEntries(bytes: Uint8Array, spans: Int32Array, a: number, b: number): number {
  let i = spans[2 * a] as number;
  let j = spans[2 * b] as number;
  // The NUL that ends a name is smaller than all that names have.
  const end = spans[2 * a + 1] as number;
  while (i < end && bytes[i] === bytes[j]) {
    i++;
    j++;
  }
  return (bytes[i] as number) - (bytes[j] as number);
}

const characters: number[] = [];

/** The name between two positions, which is valid UTF-8. */
export function nameAt(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 255) return nameDecoder.decode(bytes.subarray(start, end));
  characters.length = end - start;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte > 0x7f) return nameDecoder.decode(bytes.subarray(start, end));
    characters[i - start] = byte;
  }
  return String.fromCharCode.apply(null, characters);
}
