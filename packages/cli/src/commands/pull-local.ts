import { formatSize, OstError } from '@ost/objects';
import { openRepo, pullLocal, type PullLocalOptions, type PullLocalResult, type Repo } from '@ost/repo';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { fsyncPolicy } from '../lib/fsync.js';
import { withProgress } from '../lib/task-progress.js';

async function verification(context: CommandContext, repo: Repo, source: Repo): Promise<Partial<PullLocalOptions>> {
  const { args } = context;
  const remote = args.string('remote');
  if (!args.flag('gpg-verify') && !args.flag('gpg-verify-summary')) return {};
  if (remote === undefined)
    throw new OstError('invalid-argument', 'Must specify remote name to enable gpg verification');
  const { localVerification } = await import('../lib/local-verification.js');
  return localVerification(context, repo, remote, source);
}

function statusLine({ metadata, content, bytesTransferred, stats }: PullLocalResult): string {
  let line = `${metadata} metadata, ${content} content objects imported`;
  if (bytesTransferred > 0) {
    const amount = bytesTransferred < 1024 ? `${bytesTransferred} B` : `${Math.floor(bytesTransferred / 1024)} KiB`;
    line += `; ${amount} transferred in 0 seconds`;
  }
  return `${line}; ${formatSize(stats.contentBytesWritten)} content written`;
}

/** `pull-local SRC_REPO [REF...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const repo = await openCommandRepo(context);
  const [from, ...refs] = args.positionals;
  if (from === undefined) throw new UsageError('DESTINATION must be specified');
  repo.assertWritable();
  const source = await openRepo(resolvePath(context, from));
  if (args.flag('require-static-deltas')) {
    const { pullLocalByDeltas } = await import('../lib/pull-local-by-deltas.js');
    return pullLocalByDeltas(context, repo, source, refs);
  }
  const remote = args.string('remote');
  const fsync = fsyncPolicy(context);
  const options: PullLocalOptions = {
    refs,
    depth: args.integer('depth') ?? 0,
    commitMetadataOnly: args.flag('commit-metadata-only'),
    untrusted: args.flag('untrusted'),
    bareUserOnlyFiles: args.flag('bareuseronly-files'),
    disableVerifyBindings: args.flag('disable-verify-bindings'),
    ...(remote === undefined ? {} : { remote }),
    ...(fsync === undefined ? {} : { fsync }),
    ...(args.flag('per-object-fsync') ? { perObjectFsync: true } : {}),
    ...(await verification(context, repo, source)),
    signal: io.signal,
  };
  const result = await withProgress(out, (show) =>
    pullLocal(repo, source, {
      ...options,
      onProgress: ({ metadata, content }) => show({ unit: 'objects', done: metadata + content, total: null }),
    }),
  );
  out.line(statusLine(result));
}
