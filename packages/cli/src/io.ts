import * as fs from 'node:fs';
import * as path from 'node:path';
import { BrokenPipeError } from './errors.js';

/** Where output goes. */
export interface Sink {
  readonly isTTY: boolean;
  /** Width of the terminal; 80 when there is none. */
  readonly columns: number;
  write(data: string | Uint8Array): void;
}

/** What a command sees of the process that it runs in. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Asked for only when a command reads its input. */
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The name that help and errors call the program by. */
  readonly program: string;
  /** Aborted by SIGINT and SIGTERM. Asked for only by commands that can stop cleanly. */
  readonly signal: AbortSignal;
}

/** Major device number of /dev/null and its like. */
const MEMORY_DEVICES = 1n;

function isTerminal(fd: number): boolean {
  try {
    // With `bigint`, as Node 20 takes the plain result for that of a later look-up: a pipe here, and `require` no longer
    // follows the links of a node_modules folder.
    const stat = fs.fstatSync(fd, { bigint: true });
    if (!stat.isCharacterDevice() || stat.rdev >> 8n === MEMORY_DEVICES) return false;
  } catch {
    return false;
  }
  // Loads node:tty, which costs milliseconds, only for a character device.
  const stream: { readonly isTTY?: boolean } = fd === 1 ? process.stdout : process.stderr;
  // A device that is no terminal lacks it.
  return stream.isTTY ?? false;
}

/** Writes all of it, whatever kind of file it is: a pipe that another process made non-blocking fills up now and then. */
function writeFully(fd: number, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    try {
      at += fs.writeSync(fd, data, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') throw new BrokenPipeError();
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

function fileSink(fd: 1 | 2): Sink {
  let tty: boolean | undefined;
  const encoder = new TextEncoder();
  return {
    get isTTY() {
      tty ??= isTerminal(fd);
      return tty;
    },
    get columns() {
      return this.isTTY ? ((fd === 1 ? process.stdout : process.stderr).columns ?? 80) : 80;
    },
    write: (data) => writeFully(fd, typeof data === 'string' ? encoder.encode(data) : data),
  };
}

/** Aborts once on the first signal; a second one ends the process at once. */
function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const name of Object.keys(codes) as (keyof typeof codes)[]) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(codes[name]);
      controller.abort(
        Object.assign(new Error(`Interrupted by ${name}`), { name: 'AbortError', exitCode: codes[name] }),
      );
    });
  }
  return controller.signal;
}

/** `ostree` when it was started under that name, else `ost`. */
function programName(): string {
  const name = path.basename(process.argv[1] ?? 'ost').replace(/\.[cm]?js$/, '');
  return name === 'ostree' ? 'ostree' : 'ost';
}

/** The process that we are. Nothing is opened before it is asked for. */
export function processIo(): Io {
  let signal: AbortSignal | undefined;
  return {
    stdout: fileSink(1),
    stderr: fileSink(2),
    get stdin() {
      return process.stdin as AsyncIterable<Uint8Array>;
    },
    env: process.env,
    cwd: process.cwd(),
    program: programName(),
    get signal() {
      signal ??= abortOnSignals();
      return signal;
    },
  };
}
