import type { Request } from './protocol.js';

/** Answers one kind of request: with the body of the reply, or without one (`null`: the kernel expects no reply). */
export type Handler = (request: Request) => Buffer | null;

/** Handlers by number of the request. */
export type Handlers = Readonly<Record<number, Handler>>;

/** The reply that only says that it worked. */
export const DONE: Buffer = Buffer.alloc(0);
