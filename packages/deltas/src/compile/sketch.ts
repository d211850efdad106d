import type { Checksum } from '@ost/objects';
import { eachSampledWindow } from './windows.js';

/** Values kept of a file: the smallest ones, so that similar files keep the same. */
const KEEP = 32;
/** Share of them that two files need in common. */
const ALIKE = 1 / 4;

/** A file's fingerprint: hashes of some windows, ascending. */
export type Sketch = Uint32Array;

/** Makes a fingerprint that tells files apart by what they contain, wherever it lies. */
export function sketch(bytes: Uint8Array): Sketch {
  const values = new Set<number>();
  let limit = Infinity;
  eachSampledWindow(bytes, (hash) => {
    if (hash >= limit) return;
    values.add(hash);
    // Whatever is above the smallest ones so far will never be among them.
    if (values.size >= 8 * KEEP) limit = shrink(values);
  });
  return Uint32Array.from([...values].sort((a, b) => a - b).slice(0, KEEP));
}

function shrink(values: Set<number>): number {
  const kept = [...values].sort((a, b) => a - b).slice(0, KEEP);
  values.clear();
  for (const value of kept) values.add(value);
  return kept.at(-1) as number;
}

/** Finds the old file that each new one is most like, if any is like it. */
export function pairBySketch(
  old: ReadonlyMap<Checksum, Sketch>,
  added: ReadonlyMap<Checksum, Sketch>,
): Map<Checksum, Checksum> {
  const holders = new Map<number, Checksum[]>();
  for (const [checksum, values] of old) {
    for (const value of values) {
      const others = holders.get(value);
      if (others === undefined) holders.set(value, [checksum]);
      else if (others.length < KEEP) others.push(checksum);
    }
  }
  const pairs = new Map<Checksum, Checksum>();
  for (const [checksum, values] of added) {
    const counts = new Map<Checksum, number>();
    for (const value of values) for (const one of holders.get(value) ?? []) counts.set(one, (counts.get(one) ?? 0) + 1);
    let best: Checksum | null = null;
    let most = Math.max(2, values.length * ALIKE);
    for (const [one, count] of counts) {
      if (count < most) continue;
      best = one;
      most = count + 1;
    }
    if (best !== null) pairs.set(checksum, best);
  }
  return pairs;
}
