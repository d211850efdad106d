import * as fs from 'node:fs';
import * as path from 'node:path';
import { isAbsent, readEtag, replaceFile, type Repo, writeEtag } from '@ost/repo';
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

/** What a server said about the version of a file. */
export interface FileVersion {
  readonly modified: Date | null;
  readonly etag: string | null;
}

/** Reads the version out of an answer. */
export function fileVersion(headers: ResponseHeaders): FileVersion {
  const { 'last-modified': date, etag } = headers;
  const time = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return { modified: Number.isNaN(time) ? null : new Date(time), etag: typeof etag === 'string' ? etag : null };
}

/**
 * Summaries that were verified before, kept as libostree keeps them: `tmp/cache/summaries/NAME` and `NAME.sig`, with the
 * time and the entity tag that the server gave them (transfer format, "Summary cache").
 */
export class SummaryCache {
  readonly #base: string;

  constructor(repo: Repo, remote: string, directory: string | undefined) {
    this.#base = path.join(directory ?? path.join(repo.path, 'tmp/cache'), 'summaries', remote);
  }

  /** The cached summary or signature; null when there is none. */
  read(kind: 'summary' | 'signature'): CachedFile | null {
    let fd: number;
    try {
      fd = fs.openSync(this.#path(kind), 'r');
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
    try {
      const { mtime } = fs.fstatSync(fd);
      const etag = readEtag(fd);
      const validators = {
        ...(mtime.getTime() > 0 ? { 'if-modified-since': httpDate(mtime) } : {}),
        ...(etag === null ? {} : { 'if-none-match': etag }),
      };
      return { bytes: fs.readFileSync(fd), validators };
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Keeps a file. */
  write(kind: 'summary' | 'signature', bytes: Uint8Array, version: FileVersion): void {
    const file = this.#path(kind);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    replaceFile(file, bytes, { sync: false });
    const fd = fs.openSync(file, 'r+');
    try {
      if (version.etag !== null) writeEtag(fd, version.etag);
      // Without the server's time the copy must not look current.
      const time = version.modified ?? new Date(0);
      fs.futimesSync(fd, time, time);
    } finally {
      fs.closeSync(fd);
    }
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
