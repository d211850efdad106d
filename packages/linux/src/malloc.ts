import { isLinuxError } from './errors.js';
import { bind } from './libc.js';

/** Parameters of glibc's malloc.h. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;

/** What {@link configureMalloc} sets. */
export interface MallocOptions {
  /** Arenas at most. By default each thread gets one of its own, and each keeps what was freed in it. */
  readonly arenas: number;
  /**
   * Bytes from which on a block is a mapping of its own, which goes back to the system when it is freed. By default that
   * grows to the largest block that was ever freed, and freed blocks stay where smaller ones are among them.
   */
  readonly ownMapping: number;
  /** Free bytes at the end of the heap from which on they go back to the system. By default that grows as well. */
  readonly spare: number;
}

/**
 * Lets glibc's `malloc` keep less of what was freed from now on: a process with threads holds several times the memory that
 * it uses otherwise.
 * @returns whether it took effect; other C libraries have no such parameters
 */
export function configureMalloc({ arenas, ownMapping, spare }: MallocOptions): boolean {
  try {
    const mallopt = bind('int mallopt(int param, int value)');
    const set = (param: number, value: number): boolean => mallopt(param, value) === 1;
    return [set(M_ARENA_MAX, arenas), set(M_MMAP_THRESHOLD, ownMapping), set(M_TRIM_THRESHOLD, spare)].every(Boolean);
  } catch (error) {
    if (isLinuxError(error) && error.code === 'unsupported') return false;
    throw error;
  }
}
