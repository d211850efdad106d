import type { CompileEvent, CompileOptions, CompileStats } from '@ost/deltas';
import { type DeltaEnds, formatDeltaName, formatSize } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { type CommandContext, openCommandRepo, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { generateDelta, hasDelta } from '../../lib/generate-delta.js';
import { refuseDeltaSignature } from '../../lib/delta-signature.js';

const MB = 1_000_000;

/** `static-delta generate [TO]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out, io } = context;
  const repo = await openCommandRepo(context);
  const ends = deltaEndsOf(context, repo);
  const name = formatDeltaName(ends.from, ends.to);
  const byteOrder = byteOrderOf(context);
  refuseDeltaSignature(context);
  if (args.flag('if-not-exists') && hasDelta(repo, name)) {
    if (args.flag('json')) out.json({ ...ends, name, generated: false });
    else out.line(`Delta ${name} already exists.`);
    return;
  }
  const options: Omit<CompileOptions, keyof DeltaEnds> = {
    byteOrder,
    inline: args.flag('inline'),
    minFallbackSize: megabytes(context, 'min-fallback-size'),
    maxBsdiffSize: args.flag('disable-bsdiff') ? 0 : megabytes(context, 'max-bsdiff-size'),
    maxChunkSize: megabytes(context, 'max-chunk-size'),
    signal: io.signal,
    onProgress: (event) => report(context, event),
  };
  const file = args.string('filename');
  if (!args.flag('json')) {
    out.line('Generating static delta:');
    out.line(`  From: ${ends.from ?? 'empty'}`);
    out.line(`  To:   ${ends.to}`);
    out.flush();
  }
  const stats = await generateDelta(repo, ends, file === undefined ? null : resolvePath(context, file), options);
  if (args.flag('json')) out.json({ ...ends, name, generated: true, ...stats });
  summarize(context, stats);
}

function deltaEndsOf({ args }: CommandContext, repo: Repo): DeltaEnds {
  const target = args.positionals[0] ?? args.string('to');
  if (target === undefined) throw new UsageError('TO revision must be specified');
  const source = args.string('from');
  if (args.flag('empty') && source !== undefined) throw new UsageError('Cannot specify both --empty and --from=REV');
  const from = args.flag('empty') ? null : repo.resolve(source ?? `${target}^`);
  return { from, to: repo.resolve(target) };
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

/** Says on the error stream what is being done, as libostree does. */
function report({ err }: CommandContext, event: CompileEvent): void {
  switch (event.type) {
    case 'pairs':
      err.line(`modified: ${event.pairs}`);
      break;
    case 'objects':
      err.line(`new reachable: metadata=${event.metadata} content regular=${event.regular} symlink=${event.symlinks}`);
      break;
    case 'rollsum':
      err.line(`rollsum for ${event.from} -> ${event.to}; copies=${event.copies} matchsize=${event.copied}`);
      break;
    case 'compared':
      err.line(`processing bsdiff: [${event.done}/${event.pairs}]`);
      break;
    case 'fallback':
      err.line(`fallback for ${event.checksum} (${formatSize(event.size)})`);
      break;
    case 'part':
      err.line(`part ${event.part + 1} n:${event.objects} compressed:${event.size} uncompressed:${event.usize}`);
      break;
  }
  err.flush();
}

function summarize({ err }: CommandContext, { size, usize, loose, rollsum, bsdiff }: CompileStats): void {
  err.line(`uncompressed=${usize} compressed=${size} loose=${loose}`);
  err.line(`rollsum=${rollsum.objects} objects, ${rollsum.bytes} bytes`);
  err.line(`bsdiff=${bsdiff.objects} objects`);
}
