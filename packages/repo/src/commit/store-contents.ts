import type { TaskContext } from '../pool/task.js';
import { emptyStats, ObjectWriter } from '../store/object-writer.js';
import type { StoreContentsInput, StoreContentsOutput } from './content-job.js';
import { archivedSize } from './sizes.js';

/** Packs and writes content that the caller has hashed; runs in worker threads. */
export function run({ target, jobs, sizes }: StoreContentsInput, context: TaskContext): StoreContentsOutput {
  const writer = context.once('writer', target.transaction, () => new ObjectWriter(target));
  Object.assign(writer.stats, emptyStats());
  const archived: number[] = [];
  for (const { checksum, header, content } of jobs) {
    writer.putFile(checksum, header, content);
    if (sizes) archived.push(archivedSize(writer, checksum));
  }
  return { archived, stats: { ...writer.stats } };
}
