import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/*
 * Settings of V8's garbage collector for commands that make much short-lived garbage with buffers behind it, as pulls do.
 * What is loaded under other settings is compiled anew, so that they are for the time when all is.
 */

/** The newest V8 that is known to have these flags. One that has not would complain on standard error. */
const NEWEST_V8 = 13;

/** With more processors than this, some are idle during a pull: it has so many threads at most. */
const BUSY = 4;

function setFlags(...flags: readonly string[]): void {
  if (Number.parseInt(process.versions.v8, 10) <= NEWEST_V8) flags.forEach(setFlagsFromString);
}

/**
 * Has each thread collect its own young garbage. Otherwise four more threads, which Node starts however many processors
 * there are, help with each collection, and take the processors from those that make use of them.
 */
export function collectAlone(): void {
  if (availableParallelism() <= BUSY) setFlags('--no-parallel-scavenge');
}

/**
 * Keeps the heap small: V8 would let it grow by some 40 MB before it collects that. It costs a pull up to a tenth of its
 * time, which a device that upgrades itself can spare sooner than the memory; a program that makes much small garbage would
 * lose more.
 */
export function keepHeapSmall(): void {
  setFlags('--semi-space-growth-factor=1', '--optimize-for-size');
}
