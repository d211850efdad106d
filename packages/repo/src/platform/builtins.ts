/**
 * Node's larger built-in modules, loaded when they are first needed: each of them takes longer to load than a small
 * command takes to run.
 */

type Crypto = typeof import('node:crypto');
type Zlib = typeof import('node:zlib');
type ChildProcess = typeof import('node:child_process');
type StreamPromises = typeof import('node:stream/promises');
type WorkerThreads = typeof import('node:worker_threads');

let crypto: Crypto | undefined;
let zlib: Zlib | undefined;

/** `node:crypto`. */
export function nodeCrypto(): Crypto {
  crypto ??= process.getBuiltinModule('node:crypto');
  return crypto;
}

/** `node:zlib`. */
export function nodeZlib(): Zlib {
  zlib ??= process.getBuiltinModule('node:zlib');
  return zlib;
}

/** `node:worker_threads`. */
export function nodeWorkerThreads(): WorkerThreads {
  return process.getBuiltinModule('node:worker_threads');
}

/** `node:child_process`. */
export function nodeChildProcess(): ChildProcess {
  return process.getBuiltinModule('node:child_process');
}

/** `node:stream/promises`. */
export function nodeStreamPromises(): StreamPromises {
  return process.getBuiltinModule('node:stream/promises');
}
