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

  it('reads an old file of many blocks here and there', async () => {
    const old = Uint8Array.from({ length: 150_000 }, (_, i) => (i * 31 + (i >> 7)) & 255);
    const step = fc.record({
      add: fc.oneof(fc.nat(60), fc.nat(40_000)),
      extra: fc.uint8Array({ maxLength: 3 }),
      seek: fc.oneof(fc.integer({ min: -80, max: 80 }), fc.integer({ min: -200_000, max: 200_000 })),
    });
    const steps = fc.array(step, { minLength: 5, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 100_000 }), fc.boolean(), async (steps, length, stream) => {
        const next = Uint8Array.from({ length }, (_, i) => (i * 7) & 255);
        const made = await applyStream(old, next, encode(old, next, steps), stream);
        expect(made !== undefined && Buffer.from(made).equals(next)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});
