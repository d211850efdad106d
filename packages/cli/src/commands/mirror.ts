import { formatPullStatus, mirror, type MirrorOptions } from '@ost/fetch';
import { formatSize } from '@ost/objects';
import { refPath } from '@ost/repo';
import { remoteVerifier } from '@ost/trust';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { deltaApplier } from '../lib/delta-applier.js';
import { fsyncPolicy } from '../lib/fsync.js';
import { networkOptions } from '../lib/network-options.js';
import { PullReporter } from '../lib/pull-progress.js';

/** `mirror REMOTE [REF|PATTERN...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const repo = await openCommandRepo(context);
  const [remote, ...refs] = args.positionals;
  if (remote === undefined) throw new UsageError('REMOTE must be specified');
  const [url, cacheDir, fsync] = [args.string('url'), args.string('cache-dir'), fsyncPolicy(context)];
  const reporter = new PullReporter(out);
  const options: MirrorOptions = {
    refs,
    depth: args.integer('depth') ?? 0,
    deleteRefs: args.flag('delete'),
    allowOlderSummary: args.flag('allow-older-summary'),
    ...(url === undefined ? {} : { url }),
    ...(cacheDir === undefined ? {} : { cacheDir: resolvePath(context, cacheDir) }),
    ...(fsync === undefined ? {} : { fsync }),
    ...networkOptions(context),
    ...(args.flag('no-deltas') ? {} : { deltas: deltaApplier }),
    verifier: remoteVerifier(repo, { env: io.env }),
    signal: io.signal,
    onProgress: (event) => reporter.event(event),
  };
  try {
    const result = await mirror(repo, remote, options);
    reporter.finish(formatPullStatus(result.pull));
    const moved = result.refs.filter(({ commit, previous }) => commit !== previous).length;
    const { copied, bytes } = result.deltas;
    const summary = result.summary === 'copied' ? 'summary of the remote' : 'summary of its own';
    out.line(`${result.refs.length} refs, ${moved} moved; ${copied} deltas copied, ${formatSize(bytes)}; ${summary}`);
    for (const location of result.deleted) out.line(`Deleted ${refPath(location)}`);
  } finally {
    reporter.clear();
  }
}
