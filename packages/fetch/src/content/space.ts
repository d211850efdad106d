import { formatSize, OstError } from '@ost/objects';
import type { WriteTarget } from '@ost/repo';

/**
 * Takes the blocks of one object out of the transaction's free-space budget.
 * @throws OstError `no-space`
 */
export function reserveSpace(budget: WriteTarget['space'], size: number): void {
  if (budget === null) return;
  const blocks = BigInt(Math.floor(size / budget.blockSize) + 1);
  if (Atomics.sub(new BigInt64Array(budget.remaining), 0, blocks) >= blocks) return;
  const requested = formatSize(Number(blocks) * budget.blockSize);
  const what = `Writing content object: ${budget.setting} would be exceeded, at least ${requested} requested`;
  throw new OstError('no-space', what);
}
