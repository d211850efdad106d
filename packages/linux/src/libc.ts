import { createRequire } from 'node:module';
import { errnoName, LinuxError } from './errors.js';

/** A bound C function. */
export interface CFunction {
  (...args: unknown[]): number;
  /** Calls it on another thread; the last argument is told the result, when {@link lastErrno} is that of this call. */
  async(...argsAndDone: [...unknown[], (error: Error | null, result: number) => void]): void;
}

interface Koffi {
  load(path: string | null): SharedLibrary;
  errno(): number;
}

/** A shared library whose functions are bound by their prototypes. */
export interface SharedLibrary {
  func(prototype: string): CFunction;
}

let koffi: Koffi | undefined;
let library: SharedLibrary | undefined;

function unsupported(reason: string, syscall: string, cause?: unknown): LinuxError {
  return new LinuxError({ errno: 0, code: 'unsupported', reason, syscall, cause });
}

/** Opens koffi and the C library that the process already runs on. Nothing is loaded before the first call. */
function open(syscall: string): SharedLibrary {
  if (library !== undefined) return library;
  if (process.platform !== 'linux') {
    throw unsupported(`this call exists on Linux only, not on ${process.platform}`, syscall);
  }
  try {
    // In a CommonJS bundle import.meta is empty, and __filename takes its place.
    const base = import.meta.url ?? (typeof __filename === 'string' ? __filename : `${process.cwd()}/`);
    koffi = createRequire(base)('koffi') as Koffi;
    library = koffi.load(null);
  } catch (cause) {
    const detail = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw unsupported(`the package 'koffi' cannot be loaded (${detail})`, syscall, cause);
  }
  return library;
}

/** Opens a library that the system may have; null where it, or koffi, cannot be loaded. */
export function openLibrary(name: string): SharedLibrary | null {
  try {
    open(name);
    return (koffi as Koffi).load(name);
  } catch {
    return null;
  }
}

const bound = new Map<string, CFunction>();

/** Binds a function of the C library by its prototype; later calls return the same function. */
export function bind(prototype: string): CFunction {
  let fn = bound.get(prototype);
  if (fn === undefined) {
    const name = functionName(prototype);
    const lib = open(name);
    try {
      fn = lib.func(prototype);
    } catch (cause) {
      throw unsupported('the C library has no such function', name, cause);
    }
    bound.set(prototype, fn);
  }
  return fn;
}

function functionName(prototype: string): string {
  return /(\w+)\s*\(/.exec(prototype)?.[1] ?? prototype;
}

/** The errno of the call that just failed. Must be read before anything else is called. */
export function lastErrno(): number {
  return (koffi as Koffi).errno();
}

/** The error for a failed call whose errno has been read. */
export function failure(errno: number, syscall: string, path?: string | Uint8Array): LinuxError {
  return new LinuxError({
    errno,
    code: errnoName(errno),
    reason: strerror(errno),
    syscall,
    path: path === undefined ? undefined : displayPath(path),
  });
}

/** The C library's text for a positive errno value: `2` is `'No such file or directory'`. */
export function strerror(errno: number): string {
  return String(bind('const char *strerror(int errnum)')(errno));
}

/** Throws unless `result` is zero or more. `path` is only for the error. */
export function check(result: number, syscall: string, path?: string | Uint8Array): number {
  if (result < 0) throw failure(lastErrno(), syscall, path);
  return result;
}

function displayPath(path: string | Uint8Array): string {
  return typeof path === 'string' ? path : new TextDecoder().decode(path);
}

/** A path or name as a C string: text goes as it is (koffi makes it UTF-8), bytes get their final NUL. */
export function cstring(value: string | Uint8Array, syscall: string): string | Uint8Array {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw nulInside(value, syscall);
    return value;
  }
  if (value.includes(0)) throw nulInside(value, syscall);
  const terminated = new Uint8Array(value.length + 1);
  terminated.set(value);
  return terminated;
}

function nulInside(value: string | Uint8Array, syscall: string): LinuxError {
  return new LinuxError({
    errno: 22,
    code: 'EINVAL',
    reason: 'a name cannot hold a NUL byte',
    syscall,
    path: displayPath(value).replaceAll('\0', '\\0'),
  });
}
