import * as fs from 'node:fs';
import { formatSize, OstError } from '@ost/objects';
import type { FreeSpaceReserve } from '../config/repo-config.js';
import type { SpaceBudget } from './store-target.js';

/** Measures how many blocks a transaction may write before it touches the reserve; null when none is configured. */
export function spaceBudget(path: string, reserve: FreeSpaceReserve): SpaceBudget | null {
  if ('percent' in reserve ? reserve.percent === 0 : reserve.bytes === 0) return null;
  const stat = fs.statfsSync(path, { bigint: true });
  const reserved =
    'percent' in reserve ? (stat.blocks * BigInt(reserve.percent)) / 100n : BigInt(reserve.bytes) / stat.bsize;
  const free = process.geteuid?.() === 0 ? stat.bfree : stat.bavail;
  const remaining = new SharedArrayBuffer(8);
  Atomics.store(new BigInt64Array(remaining), 0, free > reserved ? free - reserved : 0n);
  const setting =
    'percent' in reserve ? `min-free-space-percent '${reserve.percent}%'` : `min-free-space-size ${reserve.text}`;
  return { remaining, blockSize: Number(stat.bsize), setting };
}

/**
 * Takes the blocks of one content object out of the budget.
 * @throws OstError `no-space` when the reserve would be touched
 */
export function reserveSpace(budget: SpaceBudget | null, size: number): void {
  if (budget === null) return;
  const blocks = BigInt(Math.floor(size / budget.blockSize) + 1);
  const before = Atomics.sub(new BigInt64Array(budget.remaining), 0, blocks);
  if (before >= blocks) return;
  const requested = formatSize(Number(blocks) * budget.blockSize);
  const what = `Writing content object: ${budget.setting} would be exceeded, at least ${requested} requested`;
  throw new OstError('no-space', what);
}
