import type { ResponseHeaders } from '../http/exchange.js';

/** A file of a remote repository. */
export interface Fetched {
  /** Whole, or still coming when it is longer than was asked for. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  readonly headers: ResponseHeaders;
  /** True for an answer to a conditional request: what the caller has is current. */
  readonly notModified: boolean;
}

/** Options of {@link Source.get}. */
export interface GetOptions {
  /** Largest size in bytes. */
  readonly limit: number;
  /** Larger ones may be handed over as a stream. @default limit */
  readonly whole?: number;
  /** Headers of this request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A repository that files are fetched from. */
export interface Source {
  /**
   * Fetches a file, with retries.
   * @throws OstError `not-found`, `network` or `limit`
   */
  get(path: string, options: GetOptions): Promise<Fetched>;
}
