import { OstError } from './errors.js';
import { LIMITS } from './limits.js';

interface Patterns {
  readonly ref: RegExp;
  readonly remote: RegExp;
  readonly refspec: RegExp;
}

/** Names are fragments that begin with a letter, digit or underscore; refs are several of them between slashes. */
function makePatterns(word: string, flags = ''): Patterns {
  const fragment = `[${word}_][-._${word}]*`;
  return {
    ref: new RegExp(`^${fragment}(?:/${fragment})*$`, flags),
    remote: new RegExp(`^${fragment}$`, flags),
    refspec: new RegExp(`^(?:(${fragment}):)?(${fragment}(?:/${fragment})*)$`, flags),
  };
}

const ascii = makePatterns('A-Za-z0-9');
let unicode: Patterns | undefined;

/** The patterns for a text. Those for all of Unicode take milliseconds to build, and nearly every name is ASCII. */
function patternsFor(text: string): Patterns {
  if (/^[ -~]*$/.test(text)) return ascii;
  unicode ??= makePatterns(String.raw`\p{L}\p{N}`, 'u');
  return unicode;
}

const COLLECTION = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+$/;

/** Compares two names byte by byte in UTF-8, which is how everything in the format is sorted. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A surrogate stands for a code point above all others, though its unit is below U+E000.
    const xs = x >= 0xd800 && x <= 0xdfff;
    const ys = y >= 0xd800 && y <= 0xdfff;
    if (xs !== ys) return xs ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/**
 * Checks the name of a directory entry.
 * @throws OstError `invalid-name` for `.`, `..`, the empty name (our addition), and names with `/`, NUL or bad UTF-8
 */
export function assertFileName(name: string): void {
  if (name === '.') throw new OstError('invalid-name', "Invalid self-referential filename '.'");
  if (name === '..') throw new OstError('invalid-name', "Invalid path uplink filename '..'");
  if (name === '') throw new OstError('invalid-name', 'Invalid empty filename');
  if (name.includes('/')) throw new OstError('invalid-name', `Invalid / in filename ${name}`, { data: { name } });
  if (name.includes('\0'))
    throw new OstError('invalid-name', `Invalid NUL in filename ${name.replaceAll('\0', '\\0')}`);
  if (!name.isWellFormed()) throw new OstError('invalid-name', `Invalid UTF-8 in filename ${name.toWellFormed()}`);
}

/** True for a valid ref name (repository format, "Names"). */
export function isRefName(name: string): boolean {
  return name.length <= LIMITS.refName && patternsFor(name).ref.test(name);
}

/** @throws OstError `invalid-name` (`Invalid ref name X`) */
export function assertRefName(name: string): void {
  if (!isRefName(name)) throw new OstError('invalid-name', `Invalid ref name ${name}`, { data: { name } });
}

/** True for a valid remote name. */
export function isRemoteName(name: string): boolean {
  return name.length <= LIMITS.refName && patternsFor(name).remote.test(name);
}

/** @throws OstError `invalid-name` (`Invalid remote name X`) */
export function assertRemoteName(name: string): void {
  if (!isRemoteName(name)) throw new OstError('invalid-name', `Invalid remote name ${name}`, { data: { name } });
}

/** True for a valid collection id: two or more dotted elements, at most 255 bytes. */
export function isCollectionId(id: string): boolean {
  return id.length <= 255 && COLLECTION.test(id);
}

/** @throws OstError `invalid-name` (`Invalid collection ID X`) */
export function assertCollectionId(id: string): void {
  if (!isCollectionId(id)) throw new OstError('invalid-name', `Invalid collection ID ${id}`, { data: { id } });
}

/** A ref, maybe of a remote. */
export interface Refspec {
  readonly remote: string | null;
  readonly ref: string;
}

/**
 * Parses `[REMOTE:]REF`.
 * @throws OstError `invalid-name` (`Invalid refspec X`)
 */
export function parseRefspec(text: string): Refspec {
  // The bound keeps the regular expression engine's stack small, too.
  const match = text.length <= LIMITS.refName ? patternsFor(text).refspec.exec(text) : null;
  if (match === null) throw new OstError('invalid-name', `Invalid refspec ${text}`, { data: { refspec: text } });
  return { remote: match[1] ?? null, ref: match[2] as string };
}

/** `REMOTE:REF`, or `REF` when there is no remote. */
export function formatRefspec({ remote, ref }: Refspec): string {
  return remote === null ? ref : `${remote}:${ref}`;
}
