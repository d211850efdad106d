import { coreBinary } from './core-binary.js';
import type { Layout } from './layout.js';

const PAGE = 65_536;
/** Memory up to this size is kept for the next diff of the thread. */
const KEPT = 64 * 1024 * 1024;

/** What `assembly/main.ts` exports. */
interface CoreExports {
  readonly memory: WebAssembly.Memory;
  setIndex(
    order: number,
    rank: number,
    buckets: number,
    bucketBits: number,
    filter: number,
    filterBits: number,
    keys: number,
    recent: number,
  ): void;
  start(from: number, fromSize: number, to: number, toSize: number): void;
  advance(): number;
}

let module: WebAssembly.Module | undefined;

/** One instance of the compiled core, with its memory. It does one diff after the other. */
class Core {
  readonly #exports: CoreExports;
  #records: number[] = [];
  #end = 0;

  constructor() {
    module ??= new WebAssembly.Module(Buffer.from(coreBinary, 'base64'));
    const host = {
      record: (add: number, copy: number, seek: number) => this.#records.push(add, copy, seek),
      reserve: () => this.#reserve(this.#end),
    };
    this.#exports = new WebAssembly.Instance(module, { host }).exports as CoreExports;
  }

  get memorySize(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  diff(from: Uint8Array, to: Uint8Array, layout: Layout): number[] {
    this.#records = [];
    this.#end = layout.end;
    this.#reserve(layout.index);
    const memory = new Uint8Array(this.#exports.memory.buffer);
    memory.fill(0, layout.from + from.length, layout.to);
    memory.fill(0, layout.to + to.length, layout.index);
    memory.set(from, layout.from);
    memory.set(to, layout.to);
    const { order, rank, buckets, bucketBits, filter, filterBits, keys, recent } = layout;
    this.#exports.setIndex(order, rank, buckets, bucketBits, filter, filterBits, keys, recent);
    this.#exports.start(layout.from, from.length, layout.to, to.length);
    while (this.#exports.advance() !== 0);
    return this.#records;
  }

  #reserve(size: number): void {
    const missing = Math.ceil(size / PAGE) - this.memorySize / PAGE;
    if (missing > 0) this.#exports.memory.grow(missing);
  }
}

let kept: Core | undefined;

/** The records of the difference, three numbers each: bytes to add, bytes to copy, and the jump in the old file. */
export function differenceRecords(from: Uint8Array, to: Uint8Array, layout: Layout): readonly number[] {
  const core = kept ?? new Core();
  kept = undefined;
  const records = core.diff(from, to, layout);
  if (core.memorySize <= KEPT) kept = core;
  return records;
}
