import { formatPullStatus, pull, type PullOptions } from '@ost/fetch';
import { openRepo, type Repo } from '@ost/repo';
import { remoteVerifier } from '@ost/trust';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { collectAlone } from '../lib/collector.js';
import { deltaApplier } from '../lib/delta-applier.js';
import { fsyncPolicy } from '../lib/fsync.js';
import { networkOptions, nonNegative } from '../lib/network-options.js';
import { PullReporter } from '../lib/pull-progress.js';

async function pullOptions(context: CommandContext, repo: Repo): Promise<PullOptions> {
  const { args, io } = context;
  const caches = await Promise.all(args.list('localcache-repo').map((name) => openRepo(resolvePath(context, name))));
  const fsync = fsyncPolicy(context);
  const [url, cacheDir, rev] = [args.string('url'), args.string('cache-dir'), args.string('timestamp-check-from-rev')];
  const subpaths = args.list('subpath');
  return {
    depth: args.integer('depth') ?? 0,
    mirror: args.flag('mirror'),
    commitMetadataOnly: args.flag('commit-metadata-only'),
    untrusted: args.flag('untrusted'),
    bareUserOnlyFiles: args.flag('bareuseronly-files'),
    httpTrusted: args.flag('http-trusted'),
    disableStaticDeltas: args.flag('disable-static-deltas'),
    requireStaticDeltas: args.flag('require-static-deltas'),
    dryRun: args.flag('dry-run'),
    timestampCheck: args.flag('timestamp-check'),
    disableVerifyBindings: args.flag('disable-verify-bindings'),
    allowOlderSummary: args.flag('allow-older-summary'),
    ...(subpaths.length === 0 ? {} : { subpaths }),
    ...(caches.length === 0 ? {} : { localCaches: caches }),
    ...(url === undefined ? {} : { url }),
    ...(cacheDir === undefined ? {} : { cacheDir: resolvePath(context, cacheDir) }),
    ...(rev === undefined ? {} : { timestampCheckFromRev: rev }),
    ...(fsync === undefined ? {} : { fsync }),
    ...(args.flag('per-object-fsync') ? { perObjectFsync: true } : {}),
    ...networkOptions(context),
    verifier: remoteVerifier(repo, { env: io.env }),
    deltas: deltaApplier,
    signal: io.signal,
  };
}

/** The remote, and what to pull from it: `REMOTE REF...`, or all in one as `REMOTE:REF`. */
function target({ args }: CommandContext): { remote: string; refs: readonly string[] } {
  const [first, ...refs] = args.positionals;
  if (first === undefined) throw new UsageError('REMOTE must be specified');
  const at = first.indexOf(':');
  if (at === -1 || first.startsWith('file://')) return { remote: first, refs };
  return { remote: first.slice(0, at), refs: [first.slice(at + 1)] };
}

/** Milliseconds between two states of the progress; 0 is a second, as in libostree. */
function updateInterval(context: CommandContext): number | undefined {
  const given = nonNegative(context, 'update-frequency');
  return given === 0 ? 1000 : given;
}

/** `pull REMOTE [BRANCH...]`. */
export async function run(context: CommandContext): Promise<void> {
  const repo = await openCommandRepo(context);
  const { remote, refs } = target(context);
  const options = await pullOptions(context, repo);
  const reporter = new PullReporter(context.out, updateInterval(context));
  try {
    const onProgress: PullOptions['onProgress'] = (event) => {
      if (event.type === 'resolved') collectAlone();
      reporter.event(event);
    };
    const result = await pull(repo, remote, { ...options, refs, onProgress });
    reporter.finish(formatPullStatus(result));
  } finally {
    reporter.clear();
  }
}
