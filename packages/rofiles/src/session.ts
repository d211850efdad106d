import * as fs from 'node:fs';
import { constants } from 'node:os';
import { isReadable } from '@ost/linux';
import { errnoFor, Refusal } from './errno.js';
import type { Handlers } from './handler.js';
import { Body, INIT_FLAGS, LITTLE, MAX_WRITE, OP, OUT_HEADER, Request, VERSION } from './protocol.js';

const { errno } = constants;
/** Milliseconds that the thread waits for the next request before it looks after other things. */
const LINGER = 2;
const PAGE = 4096;
/** Requests that the kernel expects no reply to. */
const SILENT: ReadonlySet<number> = new Set([OP.FORGET, OP.BATCH_FORGET, OP.INTERRUPT, OP.DESTROY]);

/** Answers the kernel's requests until the file system is unmounted. */
export class Session {
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(MAX_WRITE + PAGE);

  constructor(
    private readonly fd: number,
    private readonly handlers: Handlers,
  ) {}

  /** Resolves when there is nothing left to serve. */
  async run(): Promise<void> {
    for (;;) {
      const length = await this.#wait();
      if (length === null) return;
      this.#answer(length);
      // Requests come in bursts: while they do, a plain read is several times faster than one in another thread.
      while (isReadable(this.fd, LINGER)) {
        const more = received(() => fs.readSync(this.fd, this.#buffer));
        if (more === null) return;
        this.#answer(more);
      }
    }
  }

  #wait(): Promise<number | null> {
    return new Promise((resolve, reject) => {
      fs.read(this.fd, this.#buffer, 0, this.#buffer.length, null, (error, length) => {
        try {
          resolve(
            received(() => {
              if (error !== null) throw error;
              return length;
            }),
          );
        } catch (failed) {
          reject(failed);
        }
      });
    });
  }

  /** Handles the request in the buffer; an interrupted one leaves none there. */
  #answer(length: number): void {
    if (length === 0) return;
    const request = new Request(this.#buffer.subarray(0, length));
    if (SILENT.has(request.opcode)) {
      this.handlers[request.opcode]?.(request);
      return;
    }
    let body: Buffer | null = null;
    let failed = 0;
    try {
      body = this.#reply(request);
    } catch (error) {
      failed = errnoFor(error);
    }
    this.#send(request.unique, failed, body);
  }

  #reply(request: Request): Buffer | null {
    if (request.opcode === OP.INIT) return greet(request);
    const handler = this.handlers[request.opcode];
    if (handler === undefined) throw new Refusal(errno.ENOSYS);
    return handler(request);
  }

  #send(unique: bigint, failed: number, body: Buffer | null): void {
    const size = OUT_HEADER + (body?.length ?? 0);
    const reply = Buffer.allocUnsafe(size);
    const view = new DataView(reply.buffer, reply.byteOffset, OUT_HEADER);
    view.setUint32(0, size, LITTLE);
    view.setInt32(4, -failed, LITTLE);
    view.setBigUint64(8, unique, LITTLE);
    if (body !== null) reply.set(body, OUT_HEADER);
    try {
      fs.writeSync(this.fd, reply);
    } catch (error) {
      // The asker was killed, or the file system unmounted, meanwhile.
      if (![errno.ENOENT, errno.ENODEV].includes(errnoFor(error))) throw error;
    }
  }
}

/** The answer to INIT: which version, which features, which sizes. */
function greet(request: Request): Buffer {
  if (request.u32(0) < VERSION.major) throw new Refusal(errno.EPROTO);
  const body = new Body(64).u32(VERSION.major).u32(VERSION.minor);
  body.u32(request.u32(8)).u32(request.u32(12) & INIT_FLAGS);
  // Requests in the background, times in nanoseconds, pages of the largest request.
  return body
    .u16(16)
    .u16(12)
    .u32(MAX_WRITE)
    .u32(1)
    .u16(MAX_WRITE / PAGE)
    .u16(0).bytes;
}

/** The length of what was read: 0 when a request was withdrawn, `null` when the file system is unmounted. */
function received(read: () => number): number | null {
  try {
    return read();
  } catch (error) {
    const number = errnoFor(error);
    if (number === errno.ENODEV) return null;
    if (number === errno.ENOENT || number === errno.EINTR || number === errno.EAGAIN) return 0;
    throw error;
  }
}
