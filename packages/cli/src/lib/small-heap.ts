import { setFlagsFromString } from 'node:v8';

/** The newest V8 that is known to have both flags. One that has not would complain on standard error. */
const NEWEST_V8 = 13;

/**
 * Keeps the heap of a program small that makes much short-lived garbage with buffers behind it, as a pull does: V8 would let
 * it grow by some 40 MB before it collects that. It costs a pull up to a tenth of its time, which a device that upgrades
 * itself can spare sooner than the memory; a program that makes much small garbage would lose more.
 */
export function keepHeapSmall(): void {
  if (Number.parseInt(process.versions.v8, 10) > NEWEST_V8) return;
  for (const flag of ['--semi-space-growth-factor=1', '--optimize-for-size']) setFlagsFromString(flag);
}
