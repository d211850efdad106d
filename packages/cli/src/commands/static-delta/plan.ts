import { type DeltaForecast, forecastDelta, listDeltas, openDelta } from '@ost/deltas';
import { formatDeltaName, formatSize } from '@ost/objects';
import { nodeHash } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { UsageError } from '../../errors.js';
import { refHistories } from '../../lib/delta-history.js';
import { deltaObjects } from '../../lib/delta-objects.js';

/** How many commits back a plan looks. */
const DEPTH = 5;
/** A delta must save this share of the bytes, or else this many requests. */
const BYTES_PAY = 0.1;
const REQUESTS_PAY = 50;

/** A delta that is there or could be. */
interface PlannedDelta extends DeltaForecast {
  readonly name: string;
  readonly ref: string;
  /** True if the repository has it: then its size is not an estimate. */
  readonly exists: boolean;
  readonly worthwhile: boolean;
}

/** `static-delta plan [REF...]`: which deltas would spare clients how much, and what they take on the disk. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out, io } = context;
  const repo = await openCommandRepo(context);
  const depth = args.integer('depth') ?? DEPTH;
  if (depth < 0) throw new UsageError('--depth must not be negative');
  const stored = new Map((await listDeltas(repo.path)).map(({ name, path }) => [name, path]));
  const objects = deltaObjects(repo.store);
  const plans: PlannedDelta[] = [];
  for (const { ref, tip, earlier } of refHistories(repo, args.positionals, depth)) {
    for (const from of [...earlier, null]) {
      io.signal.throwIfAborted();
      const name = formatDeltaName(from, tip);
      const path = stored.get(name);
      const forecast = forecastDelta(objects, { from, to: tip });
      const delta = path === undefined ? forecast.delta : await downloadSize(path);
      const worthwhile = forecast.loose - delta > forecast.loose * BYTES_PAY || forecast.objects >= REQUESTS_PAY;
      plans.push({ name, ref, ...forecast, delta, exists: path !== undefined, worthwhile });
    }
  }
  if (args.flag('json')) {
    out.json(plans);
    return;
  }
  if (plans.length === 0) out.line('(No refs)');
  for (const plan of plans) out.line(describe(plan));
}

/** Bytes that a client loads which uses a stored delta. */
async function downloadSize(path: string): Promise<number> {
  const { superblock, bytes } = await openDelta(path, { hash: nodeHash });
  const inline = superblock.inlineParts.size > 0;
  const parts = inline ? 0 : superblock.parts.reduce((sum, { size }) => sum + size, 0);
  return bytes.length + parts + superblock.fallbacks.reduce((sum, { size }) => sum + size, 0);
}

function describe({ ref, from, to, objects, loose, delta, exists, worthwhile }: PlannedDelta): string {
  const about = exists ? '' : 'about ';
  const saved = loose - delta;
  const effect = saved >= 0 ? `saves ${about}${formatSize(saved)}` : `costs ${about}${formatSize(-saved)} more`;
  const advice = exists ? 'is there' : worthwhile ? 'worth making' : 'not worth making';
  return (
    `${ref}: ${from?.slice(0, 12) ?? 'empty'} -> ${to.slice(0, 12)}: ${advice}; ` +
    `takes ${about}${formatSize(delta)}, ${effect} and ${objects} requests per download`
  );
}
