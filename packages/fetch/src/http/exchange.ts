import { collectPieces } from './collect-pieces.js';
import { sizeError, stalledError, transportError } from './errors.js';
import type { Controller, Handler } from './sender.js';

/** Header values by lower-case name. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An answer. A short body is whole; of a long one the rest is still to come. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Bounds of one exchange. */
export interface ExchangeLimits {
  /** Largest body. */
  readonly limit: number;
  /** Bodies above this size are handed over while they come. */
  readonly whole: number;
}

const HIGH_WATER = 1 << 18;
/** Whole bodies from this size on, if it is known, are put together while they come: pieces kept until the end are twice the memory. */
const LARGE = 1 << 20;

/** The body of a failure is read to its end up to this size. */
const SHORT = 1 << 16;

/** One request and its answer, whatever it was sent through. */
export class Exchange implements Handler {
  readonly response: Promise<RawResponse>;
  /** Settles when the connection is free again, whatever happened. */
  readonly ended: Promise<void>;
  received = 0;
  paused = false;

  #settle!: { resolve: (response: RawResponse) => void; reject: (error: Error) => void };
  #end!: () => void;
  #controller: Controller | null = null;
  #failure: Error | null = null;
  #status = 0;
  #headers: ResponseHeaders = {};
  /** A large body that is to be whole; its first {@link received} bytes are there. */
  #large: Uint8Array | null = null;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #streaming = false;
  #complete = false;
  #wake: (() => void) | null = null;

  constructor(
    private readonly url: URL,
    private readonly limits: ExchangeLimits,
  ) {
    this.response = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // A failure may come before anybody waits.
    this.response.catch(() => undefined);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Gives up. */
  abort(error: Error): void {
    if (this.#complete || this.#failure !== null) return;
    this.#fail(error);
    this.#controller?.abort(error);
  }

  /** Gives up because the server is too slow. */
  stall(): void {
    this.abort(stalledError(this.url));
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#failure !== null) controller.abort(this.#failure);
  }

  onResponseStart(controller: Controller, status: number, headers: ResponseHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    const length = Number(headers['content-length'] ?? 0);
    // The body of a failure is of no interest, but a short one leaves the connection usable.
    if (status >= 300) {
      if (length > SHORT) this.#finish(controller);
    } else if (length > this.limits.limit) this.abort(sizeError(this.limits.limit, this.url));
    else if (length >= LARGE && length <= this.limits.whole) this.#large = new Uint8Array(length);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#failure !== null || this.#complete) return;
    this.received += chunk.length;
    collectPieces(chunk.length);
    if (this.#status >= 300) {
      if (this.received > SHORT) this.#finish(controller);
      return;
    }
    const limit = this.#large?.length ?? this.limits.limit;
    if (this.received > limit) {
      this.abort(sizeError(limit, this.url));
      return;
    }
    if (this.#large !== null) {
      this.#large.set(chunk, this.received - chunk.length);
      return;
    }
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (!this.#streaming && this.received > this.limits.whole) {
      this.#streaming = true;
      this.#settle.resolve({ status: this.#status, headers: this.#headers, body: this.#stream() });
    }
    if (!this.#streaming) return;
    if (this.#buffered > HIGH_WATER) {
      this.paused = true;
      controller.pause();
    }
    this.#wake?.();
  }

  onResponseEnd(): void {
    if (this.#failure !== null || this.#complete) return;
    this.#complete = true;
    if (!this.#streaming) this.#settle.resolve({ status: this.#status, headers: this.#headers, body: this.#whole() });
    this.#wake?.();
    this.#end();
  }

  onResponseError(_: Controller, error: Error): void {
    if (this.#complete) return;
    if (this.#failure === null) this.#fail(transportError(error, this.url, this.#status !== 0));
  }

  /** Answers with what is known of a failed request without reading on. */
  #finish(controller: Controller): void {
    this.#complete = true;
    this.#settle.resolve({ status: this.#status, headers: this.#headers, body: new Uint8Array() });
    this.#end();
    controller.abort(new Error('not needed'));
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#settle.reject(error);
    this.#wake?.();
    this.#end();
  }

  #whole(): Uint8Array {
    if (this.#large !== null) return this.#large.subarray(0, this.received);
    const [first] = this.#chunks;
    if (first === undefined) return new Uint8Array();
    return this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#buffered);
  }

  async *#stream(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        if (this.#failure !== null) throw this.#failure;
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#buffered -= chunk.length;
          if (this.paused && this.#buffered < HIGH_WATER / 2) {
            this.paused = false;
            this.#controller?.resume();
          }
          yield chunk;
        } else if (this.#complete) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = null;
        }
      }
    } finally {
      this.abort(new Error('The reader stopped'));
    }
  }
}
