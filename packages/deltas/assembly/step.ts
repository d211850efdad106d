/** Bytes from one suffix to the next; a power of two. */
export const STEP: i32 = 4;

/**
 * Long loops run in stretches of this many turns, each a call of a function of its own that `main.ts` exports: the engine
 * replaces its first, slow code of a function when the function is called the next time, never within a loop.
 */
export const STRETCH: i32 = 4096;
