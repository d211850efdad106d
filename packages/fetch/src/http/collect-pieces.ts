import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of pieces that may lie about as garbage. */
const GARBAGE = 4 << 20;

type Collect = (options: { readonly type: 'minor' }) => void;

let garbage = 0;
let collect: Collect | undefined;

/**
 * Counts pieces of bodies, which soon are garbage. V8 collects young objects when the buffers behind them have 32 MB
 * together, or their own heap is full, so that much would pile up in each thread; hence they are collected here.
 */
export function collectPieces(bytes: number): void {
  garbage += bytes;
  if (garbage < GARBAGE) return;
  garbage = 0;
  collect ??= openCollector();
  collect({ type: 'minor' });
}

/** V8's own function, which it gives to contexts that are made while the flag is set. */
function openCollector(): Collect {
  const { gc } = globalThis as { readonly gc?: Collect };
  if (gc !== undefined) return gc;
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as Collect;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
