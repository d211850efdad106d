import type { Sink } from './io.js';

const LIMIT = 1 << 16;
// Everything that could steer a terminal, except line feed and tab.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

function escapeControl(text: string): string {
  return text.replace(CONTROL, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/**
 * Buffered output. On a terminal, control characters are made visible, since names and messages in a repository
 * come from strangers; everywhere else the bytes are what libostree would print.
 */
export class Output {
  #text = '';

  constructor(readonly sink: Sink) {}

  get isTTY(): boolean {
    return this.sink.isTTY;
  }

  /** Adds a text. */
  text(text: string): void {
    this.#text += text;
    if (this.#text.length > LIMIT) this.flush();
  }

  /** Adds a line. */
  line(text = ''): void {
    this.text(`${text}\n`);
    if (this.#text !== '' && this.#text.length < LIMIT && this.sink.isTTY) this.flush();
  }

  /** Writes bytes as they are. */
  bytes(data: Uint8Array): void {
    this.flush();
    this.sink.write(data);
  }

  /** Writes a text of our own that steers the terminal. */
  control(text: string): void {
    this.flush();
    this.sink.write(text);
  }

  /** Writes what has been held back. */
  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.sink.write(this.sink.isTTY ? escapeControl(text) : text);
  }

  /** Prints a value as JSON. */
  json(value: unknown): void {
    this.line(JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v), 2));
  }
}
