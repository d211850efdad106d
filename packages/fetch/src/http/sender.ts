import type { ResponseHeaders } from './exchange.js';

/** A GET request. */
export interface Request {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET';
  readonly headers: Readonly<Record<string, string>>;
}

/** The way back from the handler of an answer to the connection. */
export interface Controller {
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Takes an answer as it comes: one start, then data, then an end; or an error instead of what is left of these. */
export interface Handler {
  onRequestStart(controller: Controller): void;
  onResponseStart(controller: Controller, status: number, headers: ResponseHeaders): void;
  onResponseData(controller: Controller, chunk: Buffer): void;
  onResponseEnd(): void;
  onResponseError(controller: Controller, error: Error): void;
}

/** What requests to one origin go through: a pool of undici's, or a session of HTTP/2. */
export interface Sender {
  dispatch(request: Request, handler: Handler): void;
  /** Drops all connections; requests under way fail. */
  destroy(): Promise<void>;
}
