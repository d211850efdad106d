import { OstError } from '@ost/objects';

const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder();

/** The error for an archive that contradicts its format, with libarchive's words where it has some. */
export function damaged(message = 'Damaged tar archive'): OstError {
  return new OstError('corrupt', message);
}

/** The error for an archive that ends too early. */
export function truncated(): OstError {
  return new OstError('corrupt', 'Truncated tar archive');
}

/**
 * Reads a name or link target.
 * @throws OstError `invalid-name` when it is not UTF-8, since no dirtree or header can hold it
 */
export function decodeName(bytes: Uint8Array): string {
  try {
    return fatal.decode(bytes);
  } catch (error) {
    throw new OstError('invalid-name', `Invalid UTF-8 in filename ${lossy.decode(bytes)}`, { cause: error });
  }
}
