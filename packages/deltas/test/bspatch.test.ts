import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { record } from './support/builder.js';
import { applyStream } from './support/stream.js';

interface Step {
  add: number;
  extra: Uint8Array;
  seek: number;
}

/** Cuts `next` into records as the steps say, aligned with whatever old bytes the steps seek to. */
function encode(old: Uint8Array, next: Uint8Array, steps: readonly Step[]): Uint8Array {
  const out: number[] = [];
  let at = 0;
  let position = 0;
  const put = (length: number, copy: number, seek: number) => {
    const add = [...next.subarray(at, at + length)].map((byte, i) => (byte - (old[position + i] ?? 0)) & 255);
    at += length;
    out.push(...record(add, [...next.subarray(at, at + copy)], seek));
    at += copy;
    position += length + seek;
  };
  for (const { add, extra, seek } of steps) {
    if (at === next.length) break;
    const length = Math.min(add, next.length - at);
    put(length, Math.min(extra.length, next.length - at - length), seek);
  }
  if (at < next.length) put(next.length - at, 0, 0);
  return Uint8Array.from(out);
}

describe('bspatch', () => {
  it('restores any file from any sequence of records', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const step = fc.record({
      add: fc.nat(80),
      extra: fc.uint8Array({ maxLength: 20 }),
      seek: fc.integer({ min: -400, max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(
        bytes,
        bytes,
        fc.array(step, { maxLength: 8 }),
        fc.boolean(),
        async (old, next, steps, stream) => {
          const patch = encode(old, next, steps);
          expect(await applyStream(old, next, patch, stream)).toEqual(next);
        },
      ),
      { numRuns: 400 },
    );
  });
});
