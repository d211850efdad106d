import type { CompileOptions } from '@ost/deltas';
import { type DeltaEnds, formatDeltaName } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { type CommandContext, openCommandRepo, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { refHistories } from '../../lib/delta-history.js';
import { reportDelta, summarizeDelta } from '../../lib/delta-report.js';
import { deltaSigner } from '../../lib/delta-signature.js';
import { generateDelta, hasDelta } from '../../lib/generate-delta.js';

const MB = 1_000_000;

/** `static-delta generate [TO]`, and `static-delta generate --all-recent=N [REF...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const recent = args.integer('all-recent');
  const wanted = recent === undefined ? [deltaEndsOf(context, repo)] : recentDeltas(context, repo, recent);
  const options = compileOptions(context);
  const results: Record<string, unknown>[] = [];
  for (const ends of wanted) results.push(await generate(context, repo, ends, options));
  if (args.flag('json')) out.json(recent === undefined ? results[0] : results);
}

async function generate(
  context: CommandContext,
  repo: Repo,
  ends: DeltaEnds,
  options: Omit<CompileOptions, keyof DeltaEnds>,
): Promise<Record<string, unknown>> {
  const { args, out, err } = context;
  const name = formatDeltaName(ends.from, ends.to);
  const quiet = args.flag('json');
  const unlessThere = args.flag('if-not-exists') || args.integer('all-recent') !== undefined;
  if (unlessThere && hasDelta(repo, name)) {
    if (!quiet) out.line(`Delta ${name} already exists.`);
    return { name, ...ends, generated: false };
  }
  if (!quiet) {
    out.line('Generating static delta:');
    out.line(`  From: ${ends.from ?? 'empty'}`);
    out.line(`  To:   ${ends.to}`);
    out.flush();
  }
  const file = args.string('filename');
  const stats = await generateDelta(repo, ends, file === undefined ? null : resolvePath(context, file), options);
  summarizeDelta(err, stats);
  return { name, ...ends, generated: true, ...stats };
}

function deltaEndsOf({ args }: CommandContext, repo: Repo): DeltaEnds {
  const target = args.positionals[0] ?? args.string('to');
  if (target === undefined) throw new UsageError('TO revision must be specified');
  const source = args.string('from');
  if (args.flag('empty') && source !== undefined) throw new UsageError('Cannot specify both --empty and --from=REV');
  const from = args.flag('empty') ? null : repo.resolve(source ?? `${target}^`);
  return { from, to: repo.resolve(target) };
}

/** From each of the last commits of each ref to its newest one. */
function recentDeltas({ args }: CommandContext, repo: Repo, count: number): DeltaEnds[] {
  if (count < 1) throw new UsageError('--all-recent must be at least 1');
  const excluded = ['from', 'to', 'filename'].find((name) => args.string(name) !== undefined);
  if (excluded !== undefined || args.flag('empty')) {
    throw new UsageError(`Cannot specify both --all-recent and --${excluded ?? 'empty'}`);
  }
  return refHistories(repo, args.positionals, count).flatMap(({ tip, earlier }) =>
    earlier.map((from) => ({ from, to: tip })),
  );
}

function compileOptions(context: CommandContext): Omit<CompileOptions, keyof DeltaEnds> {
  const { args, io, err } = context;
  return {
    byteOrder: byteOrderOf(context),
    inline: args.flag('inline'),
    minFallbackSize: megabytes(context, 'min-fallback-size'),
    maxBsdiffSize: args.flag('disable-bsdiff') ? 0 : megabytes(context, 'max-bsdiff-size'),
    maxChunkSize: megabytes(context, 'max-chunk-size'),
    sign: deltaSigner(context),
    signal: io.signal,
    onProgress: (event) => reportDelta(err, event),
  };
}

function byteOrderOf({ args }: CommandContext): 'little' | 'big' {
  const given = args.string('set-endianness') ?? 'l';
  if (given !== 'l' && given !== 'B') throw new Error(`Invalid endianness '${given}'`);
  return (given === 'B') === args.flag('swap-endianness') ? 'little' : 'big';
}

function megabytes({ args }: CommandContext, name: string): number | undefined {
  const given = args.string(name);
  if (given === undefined) return undefined;
  if (!/^\d{1,9}$/.test(given)) throw new Error(`Invalid size '${given}' of --${name}`);
  return Number(given) * MB;
}
