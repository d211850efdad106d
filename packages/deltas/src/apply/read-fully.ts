import { corrupt } from '../errors.js';
import type { DeltaSource } from '../store.js';

/**
 * Fills all of `target` from `position` of a source on.
 * @param cut message for a source that ends before
 * @returns undefined when there was nothing to wait for
 * @throws OstError `corrupt`
 */
export function readFully(
  source: DeltaSource,
  target: Uint8Array,
  position: number,
  cut: string,
): Promise<void> | undefined {
  const some = (count: number): number => {
    if (count <= 0) throw corrupt(cut);
    return count;
  };
  const readOn = async (before: number, first: Promise<number>): Promise<void> => {
    let done = before + some(await first);
    while (done < target.length) done += some(await source.read(target.subarray(done), position + done));
  };
  for (let done = 0; done < target.length; ) {
    const answer = source.read(done === 0 ? target : target.subarray(done), position + done);
    if (typeof answer !== 'number') return readOn(done, answer);
    done += some(answer);
  }
  return undefined;
}
