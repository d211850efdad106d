import * as fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Answered } from './repo-server.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const INTERVAL_MS = 1000;

/** `[23/Nov/2026:05:10:11 +0000]`. */
function logDate(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `[${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000]`;
}

/** What a client sent, so that it can neither end its field nor steer a terminal. */
function quoted(text: string | undefined): string {
  if (text === undefined) return '"-"';
  const hex = (c: string): string => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return `"${text.replace(/[\u0000-\u001f"\\\u007f-\u009f]/g, hex)}"`;
}

/** A line in the combined log format, which statistics programs read. */
export function accessLine(
  request: IncomingMessage,
  { status, length, client }: Answered,
  now: Date = new Date(),
): string {
  const { method = '-', url = '-', httpVersion, headers } = request;
  const what = quoted(`${method} ${url} HTTP/${httpVersion}`);
  const from = quoted(headers.referer);
  return `${client} - - ${logDate(now)} ${what} ${status} ${length} ${from} ${quoted(headers['user-agent'])}`;
}

/** Appends lines to a file, which is opened anew each time: it may be moved away while the server runs. */
export class AccessLog {
  #lines: string[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param write takes the lines, each with its end */
  constructor(private readonly write: (text: string) => void) {
    this.#timer = setInterval(() => this.flush(), INTERVAL_MS).unref();
  }

  /** A log in a file. */
  static toFile(file: string): AccessLog {
    // Fails now if it cannot be written at all.
    fs.closeSync(fs.openSync(file, 'a', 0o640));
    return new AccessLog((text) => fs.appendFileSync(file, text, { mode: 0o640 }));
  }

  /** Adds a line. */
  add(line: string): void {
    this.#lines.push(`${line}\n`);
    if (this.#lines.length >= 512) this.flush();
  }

  /** Writes what has been held back. */
  flush(): void {
    if (this.#lines.length > 0) this.write(this.#lines.splice(0).join(''));
  }

  /** Writes the rest. */
  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}
