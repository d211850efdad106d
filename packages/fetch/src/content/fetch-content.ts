import type { TaskContext } from '@ost/repo';
import { Lane } from './lane.js';
import type { LaneInput, LaneOutput } from './lane-messages.js';

/**
 * Gives a worker thread content objects to fetch. Answers as soon as it has room for more, so that its connections are
 * never idle between two portions.
 */
export async function run(input: LaneInput, context: TaskContext): Promise<LaneOutput> {
  const lane = context.once('fetch-lane', input.config.id, () => new Lane(input.config));
  lane.add(input.jobs);
  await lane.wait(input.flush);
  if (input.flush) await lane.close();
  return { stats: { ...lane.writer.stats } };
}
