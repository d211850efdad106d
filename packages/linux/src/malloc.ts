import { isLinuxError } from './errors.js';
import { bind } from './libc.js';

/** `M_ARENA_MAX` of glibc's malloc.h. */
const M_ARENA_MAX = -8;

/**
 * Lets glibc's `malloc` make so many arenas at most from now on. By default each thread gets one of its own, and each
 * keeps what was freed in it: a process with threads holds several times the memory that it uses.
 * @returns whether it took effect; other C libraries have no arenas
 */
export function limitArenas(count: number): boolean {
  try {
    return bind('int mallopt(int param, int value)')(M_ARENA_MAX, count) === 1;
  } catch (error) {
    if (isLinuxError(error) && error.code === 'unsupported') return false;
    throw error;
  }
}
