/** A transfer under way. */
export interface Watched {
  /** Bytes received so far. */
  readonly received: number;
  /** True while it is our side that does not read on. */
  readonly paused: boolean;
  /** Ends the transfer. */
  stall(): void;
}

interface Window {
  start: number;
  received: number;
}

/** Ends transfers that stay below a speed for too long, silent ones among them. One timer for all. */
export class StallWatch {
  readonly #windows = new Map<Watched, Window>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly bytesPerSecond: number,
    private readonly seconds: number,
  ) {}

  /** Begins to watch. */
  add(transfer: Watched): void {
    if (this.bytesPerSecond <= 0 || this.seconds <= 0) return;
    this.#windows.set(transfer, { start: performance.now(), received: transfer.received });
    this.#timer ??= setInterval(() => this.#check(), Math.min(1000, (this.seconds * 1000) / 4));
  }

  /** Ends watching. */
  delete(transfer: Watched): void {
    this.#windows.delete(transfer);
    if (this.#windows.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #check(): void {
    const now = performance.now();
    for (const [transfer, window] of this.#windows) {
      const elapsed = (now - window.start) / 1000;
      const enough = transfer.received - window.received >= this.bytesPerSecond * this.seconds;
      if (transfer.paused || enough) Object.assign(window, { start: now, received: transfer.received });
      else if (elapsed >= this.seconds) transfer.stall();
    }
  }
}
