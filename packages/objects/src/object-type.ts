import { type Checksum, toChecksum } from './checksum.js';
import { OstError } from './errors.js';
import type { RepoMode } from './repo-mode.js';

/** Kinds of objects, by the names that they have in object names (repository format, "Objects"). */
export type ObjectType =
  | 'file'
  | 'dirtree'
  | 'dirmeta'
  | 'commit'
  | 'tombstone-commit'
  | 'commitmeta'
  | 'payload-link'
  | 'file-xattrs'
  | 'file-xattrs-link';

/** Every type with the number that deltas and `ostree.sizes` use for it. */
export const OBJECT_TYPE_NUMBERS: Readonly<Record<ObjectType, number>> = {
  file: 1,
  dirtree: 2,
  dirmeta: 3,
  commit: 4,
  'tombstone-commit': 5,
  commitmeta: 6,
  'payload-link': 7,
  'file-xattrs': 8,
  'file-xattrs-link': 9,
};

const byNumber = new Map(Object.entries(OBJECT_TYPE_NUMBERS).map(([name, n]) => [n, name as ObjectType]));

/** The type with that number, or null. */
export function objectTypeFromNumber(number: number): ObjectType | null {
  return byNumber.get(number) ?? null;
}

/** True for types that are serialized variants; false for file content and links. */
export function isMetadataType(type: ObjectType): boolean {
  return OBJECT_TYPE_NUMBERS[type] >= 2 && OBJECT_TYPE_NUMBERS[type] <= 6;
}

/** Path of a loose object below `objects/`: `ab/cdef….filez`. */
export function loosePath(checksum: Checksum, type: ObjectType, mode: RepoMode): string {
  const suffix = type === 'file' && mode === 'archive' ? 'filez' : type;
  return `${checksum.slice(0, 2)}/${checksum.slice(2)}.${suffix}`;
}

/** `HEX.TYPE`. */
export function formatObjectName(checksum: Checksum, type: ObjectType): string {
  return `${checksum}.${type}`;
}

/**
 * Parses `HEX.TYPE`.
 * @throws OstError `invalid-argument`
 */
export function parseObjectName(name: string): { readonly checksum: Checksum; readonly type: ObjectType } {
  const dot = name.indexOf('.');
  const type = name.slice(dot + 1);
  if (dot === -1 || !Object.hasOwn(OBJECT_TYPE_NUMBERS, type))
    throw new OstError('invalid-argument', `Invalid object name ${name}`);
  const text = name.slice(0, dot);
  return { checksum: toChecksum(text), type: type as ObjectType };
}
