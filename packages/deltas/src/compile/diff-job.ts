import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bsdiff } from '../bsdiff/diff.js';
import { type Copy, findCopies } from './copies.js';
import { compressedEstimate } from './estimate.js';
import type { DeltaObjects } from './objects.js';
import type { Pair } from './pairs.js';

/** Compares pairs of files. Plain data, so that a worker thread can do it. */
export interface DiffJob {
  readonly kind: 'diff';
  readonly pairs: readonly Pair[];
  /** Old and new size together up to which bsdiff is tried; 0 for never. */
  readonly maxBsdiffSize: number;
  /** Directory for the bsdiff streams, and the name of the file that they go to. */
  readonly scratch: string;
  readonly name: string;
}

/** A bsdiff stream in a scratch file. */
export interface StoredStream {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** How a new file is made from an old one; `whole` if that would not pay. */
export type Difference =
  | { readonly kind: 'whole' }
  | { readonly kind: 'copies'; readonly copies: readonly Copy[]; readonly copied: number; readonly size: number }
  | { readonly kind: 'bsdiff'; readonly stream: StoredStream; readonly size: number };

/** Old and new size together beyond which bsdiff would take too much memory, whatever the job allows. */
const BSDIFF_LIMIT = 1_000_000_000;
/** Copies are good enough if at most this share of the file is left, so that bsdiff need not be tried. */
const LITTLE_LEFT = 1 / 64;
/** Where bsdiff cannot be tried, copies pay from this share on. */
const COPIES_PAY = 1 / 8;
/** Of files that are larger together, ... */
const LARGE = 64_000_000;
/** ... such a share of copies is enough: bsdiff, which takes a second for each dozen megabytes, rarely finds more there. */
const ENOUGH_OF_LARGE = 1 / 2;
/** Bytes that a copy takes in the operations, roughly. */
const PER_COPY = 8;

/** Does a {@link DiffJob}; the differences are in the order of the pairs. */
export function runDiffJob(job: DiffJob, objects: DeltaObjects): Difference[] {
  const path = join(job.scratch, job.name);
  const fd = openSync(path, 'wx', 0o600);
  let written = 0;
  const store = (bytes: Uint8Array): StoredStream => {
    const offset = written;
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    written += bytes.length;
    return { path, offset, length: bytes.length };
  };
  try {
    return job.pairs.map((pair) => difference(pair, job, objects, store));
  } finally {
    closeSync(fd);
  }
}

function difference(
  { from, to }: Pair,
  { maxBsdiffSize }: DiffJob,
  objects: DeltaObjects,
  store: (bytes: Uint8Array) => StoredStream,
): Difference {
  const old = objects.loadFile(from).read();
  const content = objects.loadFile(to).read();
  const size = content.length;
  const copies = findCopies(old, content);
  const copied = copies.reduce((sum, { length }) => sum + length, 0);
  const copying: Difference = { kind: 'copies', copies, copied, size };
  const both = old.length + size;
  const allowed = both <= Math.min(maxBsdiffSize, BSDIFF_LIMIT);
  const enough = !allowed ? COPIES_PAY : both > LARGE ? ENOUGH_OF_LARGE : 1 - LITTLE_LEFT;
  if (copied >= size * enough) return copying;
  if (!allowed) return { kind: 'whole' };
  const stream = bsdiff(old, content);
  const patching = compressedEstimate(stream);
  const rest = copied >= size * COPIES_PAY ? compressedEstimate(leftOver(content, copies)) : Infinity;
  if (Math.min(patching, rest) >= compressedEstimate(content)) return { kind: 'whole' };
  if (rest + copies.length * PER_COPY < patching) return copying;
  return { kind: 'bsdiff', stream: store(stream), size };
}

/** What no copy covers. */
function leftOver(content: Uint8Array, copies: readonly Copy[]): Uint8Array {
  const rest: Uint8Array[] = [];
  let done = 0;
  for (const { to, length } of copies) {
    rest.push(content.subarray(done, to));
    done = to + length;
  }
  rest.push(content.subarray(done));
  return Buffer.concat(rest);
}
