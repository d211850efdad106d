import { OPCODES, OperationReader } from './format/operations.js';
import type { PartPayload } from './format/payload.js';
import type { PartHeader, Superblock } from './format/superblock.js';

/** How often each operation occurs in a part, by the names that `static-delta show` prints. */
export interface OperationCounts {
  openspliceclose: number;
  open: number;
  write: number;
  setread: number;
  unsetread: number;
  close: number;
  bspatch: number;
}

/** The figures of a part's payload. */
export interface PartDescription {
  readonly modes: number;
  readonly xattrs: number;
  readonly blobSize: number;
  readonly operationsSize: number;
  readonly operations: Readonly<OperationCounts>;
}

/** The sums that `static-delta show` prints. */
export interface DeltaTotals {
  /** All parts: bytes as stored, bytes of content. */
  readonly parts: { readonly size: number; readonly usize: number };
  /** All fallbacks, likewise. */
  readonly fallbacks: { readonly size: number; readonly usize: number };
  /** Both together. */
  readonly size: number;
  readonly usize: number;
}

const NAMES = new Map<number, keyof OperationCounts>([
  [OPCODES.openSpliceAndClose, 'openspliceclose'],
  [OPCODES.open, 'open'],
  [OPCODES.write, 'write'],
  [OPCODES.setReadSource, 'setread'],
  [OPCODES.unsetReadSource, 'unsetread'],
  [OPCODES.close, 'close'],
  [OPCODES.bspatch, 'bspatch'],
]);

/** Adds up what the superblock declares. */
export function deltaTotals(delta: Superblock): DeltaTotals {
  const parts = sum(delta.parts);
  const fallbacks = sum(delta.fallbacks);
  return { parts, fallbacks, size: parts.size + fallbacks.size, usize: parts.usize + fallbacks.usize };
}

/** Counts what is in a part; see {@link openPart} for how to get its payload. */
export function describePart(payload: PartPayload, header: PartHeader): PartDescription {
  const { objects } = header;
  const operations = { openspliceclose: 0, open: 0, write: 0, setread: 0, unsetread: 0, close: 0, bspatch: 0 };
  const reader = new OperationReader(payload.operations, objects.length, (k) => objects.type(k) !== 'file');
  while (reader.next()) {
    const name = NAMES.get(reader.code);
    if (name !== undefined) operations[name]++;
  }
  return {
    modes: payload.modes.length,
    xattrs: payload.xattrs.length,
    blobSize: payload.blob.size,
    operationsSize: payload.operations.length,
    operations,
  };
}

function sum(list: readonly { readonly size: number; readonly usize: number }[]): { size: number; usize: number } {
  const total = { size: 0, usize: 0 };
  for (const { size, usize } of list) {
    total.size += size;
    total.usize += usize;
  }
  return total;
}
