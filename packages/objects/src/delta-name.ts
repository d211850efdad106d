import { type Checksum, checksumFromBytes, checksumToBytes, isChecksum } from './checksum.js';
import { OstError } from './errors.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_';

/** Directory of static deltas below the repository. */
export const DELTAS_DIRECTORY = 'deltas';

/** A checksum as 43 characters of base64 with `_` for `/` and no padding, as delta paths hold it. */
export function encodeMbase64(checksum: Checksum): string {
  const bytes = checksumToBytes(checksum);
  let text = '';
  for (let i = 0; i < 33; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) text += ALPHABET[(group >> shift) & 63] as string;
  }
  return text.slice(0, 43);
}

/**
 * Parses what {@link encodeMbase64} makes.
 * @throws OstError `invalid-argument`
 */
export function decodeMbase64(text: string): Checksum {
  const bad = (): OstError => new OstError('invalid-argument', `Invalid checksum ${text}`, { data: { text } });
  if (text.length !== 43) throw bad();
  const bytes = new Uint8Array(33);
  for (let i = 0; i < 44; i += 4) {
    let group = 0;
    for (let j = 0; j < 4; j++) {
      const digit = i + j === 43 ? 0 : ALPHABET.indexOf(text[i + j] as string);
      if (digit === -1) throw bad();
      group = (group << 6) | digit;
    }
    bytes.set([group >> 16, (group >> 8) & 255, group & 255], (i / 4) * 3);
  }
  if (bytes[32] !== 0) throw bad();
  return checksumFromBytes(bytes.subarray(0, 32));
}

/** The commits that a static delta leads from and to; `from` is null for a delta from nothing. */
export interface DeltaEnds {
  readonly from: Checksum | null;
  readonly to: Checksum;
}

/** `FROM-TO`, or `TO` for a delta from nothing. */
export function formatDeltaName(from: Checksum | null, to: Checksum): string {
  return from === null ? to : `${from}-${to}`;
}

/**
 * Parses a delta name.
 * @throws OstError `invalid-argument`
 */
export function parseDeltaName(name: string): DeltaEnds {
  const [first = '', second, ...rest] = name.split('-');
  if (rest.length === 0 && isChecksum(first)) {
    if (second === undefined) return { from: null, to: first };
    if (isChecksum(second)) return { from: first, to: second };
  }
  throw new OstError('invalid-argument', `Invalid delta name ${name}`, { data: { name } });
}

/** Directory of a delta below `deltas/`: `XX/REST-TO` with mbase64 checksums. */
export function deltaPath(from: Checksum | null, to: Checksum): string {
  const text = from === null ? encodeMbase64(to) : `${encodeMbase64(from)}-${encodeMbase64(to)}`;
  return `${text.slice(0, 2)}/${text.slice(2)}`;
}

/** The delta that lies at a path below `deltas/`, or null when the path is no delta's. */
export function parseDeltaPath(path: string): DeltaEnds | null {
  const match = /^([A-Za-z0-9+_]{2})\/([A-Za-z0-9+_]{41})(?:-([A-Za-z0-9+_]{43}))?$/.exec(path);
  if (match === null) return null;
  try {
    const first = decodeMbase64((match[1] as string) + (match[2] as string));
    return match[3] === undefined ? { from: null, to: first } : { from: first, to: decodeMbase64(match[3]) };
  } catch {
    return null;
  }
}

/** Path of the delta index of a commit, below the repository: `delta-indexes/XX/REST.index`. */
export function deltaIndexPath(to: Checksum): string {
  const text = encodeMbase64(to);
  return `delta-indexes/${text.slice(0, 2)}/${text.slice(2)}.index`;
}
