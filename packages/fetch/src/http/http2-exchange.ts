import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import type { Controller, Handler, Request } from './sender.js';

/** One request over HTTP/2 and its answer, on one stream unless the server refuses that. */
export class Http2Exchange implements Controller {
  #stream: ClientHttp2Stream | null = null;
  #aborted = false;

  constructor(
    private readonly request: Request,
    private readonly handler: Handler,
  ) {}

  /**
   * Sends the request; the handler learns what comes of it.
   * @returns null, or why the server has not begun with it (RFC 9113, section 8.7): it may be sent again as it is
   */
  run(session: ClientHttp2Session): Promise<Error | null> {
    if (this.#aborted) return Promise.resolve(null);
    const { handler } = this;
    const { origin, path, method, headers } = this.request;
    const { host: authority, protocol } = new URL(origin);
    const { host: _, ...rest } = headers;
    let stream: ClientHttp2Stream;
    try {
      const pseudo = { ':method': method, ':scheme': protocol.slice(0, -1), ':authority': authority, ':path': path };
      stream = session.request({ ...pseudo, ...rest }, { endStream: true });
    } catch (error) {
      if (session.closed || session.destroyed) return Promise.resolve(error as Error);
      // A header that HTTP/2 does not have, say.
      this.fail(error as Error);
      return Promise.resolve(null);
    }
    this.#stream = stream;
    let answered = false;
    let ended = false;
    let missing = Number.NaN;
    let failure: Error | null = null;
    stream.once('response', ({ ':status': status, ...more }) => {
      answered = true;
      missing = Number(more['content-length'] ?? Number.NaN);
      handler.onResponseStart(this, status ?? 0, more);
    });
    stream.on('data', (chunk: Buffer) => {
      missing -= chunk.length;
      handler.onResponseData(this, chunk);
    });
    stream.once('end', () => {
      ended = true;
    });
    stream.once('error', (error: Error) => {
      failure = error;
    });
    return new Promise((resolve) => {
      stream.once('close', () => {
        const { rstCode } = stream;
        const broken = failure ?? streamError(rstCode);
        const refused = !answered && rstCode === constants.NGHTTP2_REFUSED_STREAM;
        if (this.#aborted) resolve(null);
        else if (refused) resolve(broken);
        else {
          // A stream that was broken off says that it has ended, too, and a server may break it off without a reason.
          const sound = ended && failure === null && rstCode === constants.NGHTTP2_NO_ERROR;
          if (answered && sound && !(missing > 0)) handler.onResponseEnd();
          else this.fail(broken);
          resolve(null);
        }
      });
    });
  }

  /** Tells the handler that there will be no (whole) answer. */
  fail(error: Error): void {
    if (!this.#aborted) this.handler.onResponseError(this, error);
  }

  abort(): void {
    this.#aborted = true;
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    this.#stream?.destroy();
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }
}

function streamError(code: number | undefined): Error {
  return Object.assign(new Error(`The stream was closed with code ${code}`), { code: 'ERR_HTTP2_STREAM_ERROR' });
}
