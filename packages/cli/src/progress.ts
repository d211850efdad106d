import type { Output } from './output.js';

const INTERVAL_MS = 100;

/**
 * One line that is redrawn on a terminal while something goes on. Elsewhere only the last state is printed, as a line.
 */
export class ProgressLine {
  #last = 0;
  #shown = false;

  /** @param interval milliseconds for which a state stays */
  constructor(
    private readonly out: Output,
    private readonly interval: number = INTERVAL_MS,
  ) {}

  /** Shows a state, unless the last one is too fresh. */
  show(text: string): void {
    if (!this.out.isTTY) return;
    const now = Date.now();
    if (now - this.#last < this.interval) return;
    this.#last = now;
    this.#draw(text);
  }

  #draw(text: string): void {
    const width = Math.max(10, this.out.sink.columns - 1);
    this.out.control(`\r\u001b[K${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?').slice(0, width)}`);
    this.#shown = true;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.out.control('\r\u001b[K');
    this.#shown = false;
  }

  /** Prints the last state. */
  finish(text: string): void {
    this.clear();
    this.out.line(text);
    this.out.flush();
  }
}
