import * as fs from 'node:fs';
import * as path from 'node:path';
import { isAbsent, replaceFile, type Repo } from '@ost/repo';
import type { ResponseHeaders } from '../http/exchange.js';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A file that was fetched before. */
export interface CachedFile {
  readonly bytes: Uint8Array;
  /** Headers that make the server answer 304 when it is current. */
  readonly validators: Readonly<Record<string, string>>;
}

/** `If-Modified-Since` as HTTP wants it. */
function httpDate(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`;
}

/** The time that a server gave a file, or null. */
export function lastModified(headers: ResponseHeaders): Date | null {
  const value = headers['last-modified'];
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(time);
}

/**
 * Summaries that were verified before, kept as libostree keeps them: `tmp/cache/summaries/NAME` and `NAME.sig`, with the
 * time that the server gave them (transfer format, "Summary cache").
 */
export class SummaryCache {
  readonly #base: string;

  constructor(repo: Repo, remote: string, directory: string | undefined) {
    this.#base = path.join(directory ?? path.join(repo.path, 'tmp/cache'), 'summaries', remote);
  }

  /** The cached summary or signature; null when there is none. */
  read(kind: 'summary' | 'signature'): CachedFile | null {
    try {
      const bytes = fs.readFileSync(this.#path(kind));
      const { mtime } = fs.statSync(this.#path(kind));
      return { bytes, validators: mtime.getTime() > 0 ? { 'if-modified-since': httpDate(mtime) } : {} };
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  /** Keeps a file. */
  write(kind: 'summary' | 'signature', bytes: Uint8Array, modified: Date | null): void {
    const file = this.#path(kind);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    replaceFile(file, bytes, { sync: false });
    // Without the server's time the copy must not look current.
    const time = modified ?? new Date(0);
    fs.utimesSync(file, time, time);
  }

  /** Forgets both files. */
  clear(): void {
    fs.rmSync(this.#path('summary'), { force: true });
    fs.rmSync(this.#path('signature'), { force: true });
  }

  #path(kind: 'summary' | 'signature'): string {
    return kind === 'summary' ? this.#base : `${this.#base}.sig`;
  }
}
