import { type Checksum, OstError, toChecksum } from '@ost/objects';
import {
  type CommitOptions,
  commitTree,
  type CommitResult,
  type Repo,
  tarPathnameFilter,
  type TreeSource,
} from '@ost/repo';
import { type CommandContext, openCommandRepo, refuse, resolvePath } from '../context.js';
import { commitFilters } from '../lib/commit-filters.js';
import { fsyncPolicy } from '../lib/fsync.js';
import { stringEntries, variantEntries } from '../lib/key-values.js';
import { parseDate } from '../lib/parse-date.js';
import { readText } from '../lib/read-text.js';
import { commitPolicy, labelingEpoch } from '../lib/selinux.js';
import { withProgress } from '../lib/task-progress.js';

/** Layers from `--tree`, or the one directory that is named or meant without. */
function treeSources(context: CommandContext): TreeSource[] {
  const { args } = context;
  const trees = args.list('tree');
  if (trees.length === 0) return [{ type: 'dir', path: sourcePath(context, args.positionals[0] ?? '.') }];
  return trees.map((spec): TreeSource => {
    const at = spec.indexOf('=');
    if (at === -1) throw new OstError('invalid-argument', `Missing type in tree specification '${spec}'`);
    const [type, value] = [spec.slice(0, at), spec.slice(at + 1)];
    if (type === 'dir') return { type, path: sourcePath(context, value) };
    if (type === 'ref') return { type, rev: value };
    if (type === 'tar') return tarSource(context, value);
    throw new OstError('invalid-argument', `Invalid tree type specification '${type}'`);
  });
}

/** An archive; no name and `-` mean standard input. */
function tarSource(context: CommandContext, name: string): TreeSource {
  const { args, io } = context;
  const filter = args.string('tar-pathname-filter');
  return {
    type: 'tar',
    source: name === '' || name === '-' ? io.stdin : resolvePath(context, name),
    autocreateParents: args.flag('tar-autocreate-parents'),
    ...(filter === undefined ? {} : { rename: tarPathnameFilter(filter) }),
    // Unlike directories, archives keep their attributes with --canonical-permissions.
    noXattrs: args.flag('no-xattrs'),
  };
}

/** Messages show paths as they were given, so a relative one stays when it means the same. */
function sourcePath(context: CommandContext, name: string): string {
  return context.io.cwd === process.cwd() ? name : resolvePath(context, name);
}

async function message(context: CommandContext): Promise<Pick<CommitOptions, 'subject' | 'body'>> {
  const { args, io } = context;
  const subject = args.string('subject');
  if (args.flag('editor')) {
    const { editMessage } = await import('../lib/message.js');
    return editMessage(io.env, args.string('branch'), subject);
  }
  const file = args.string('body-file');
  const body = file === undefined ? args.string('body') : readText(context, file);
  return { ...(subject === undefined ? {} : { subject }), ...(body === undefined ? {} : { body }) };
}

function parentOption({ args }: CommandContext): { parent?: Checksum | null } {
  const parent = args.string('parent');
  if (parent === undefined) return {};
  return { parent: parent === 'none' ? null : toChecksum(parent) };
}

async function signing(context: CommandContext): Promise<Pick<CommitOptions, 'sign'>> {
  const { args } = context;
  if (['gpg-sign', 'sign', 'sign-from-file'].every((name) => args.list(name).length === 0)) return {};
  const { metadataSigner } = await import('../lib/metadata-signer.js');
  return { sign: metadataSigner(context) };
}

async function commitOptions(
  context: CommandContext,
  repo: Repo,
  sources: readonly TreeSource[],
): Promise<CommitOptions> {
  const { args, io } = context;
  const { modifier, assertAllMatched } = commitFilters(context);
  const epoch = labelingEpoch(context);
  const policy = await commitPolicy(context, repo, sources);
  const timestamp = args.string('timestamp');
  const base = args.string('base');
  const detached = args.list('add-detached-metadata-string');
  const fsync = fsyncPolicy(context);
  return {
    branch: args.string('branch') ?? null,
    orphan: args.flag('orphan'),
    ...parentOption(context),
    ...(await message(context)),
    ...(timestamp === undefined ? {} : { timestamp: BigInt.asUintN(64, parseDate(timestamp)) }),
    metadata: [
      ...stringEntries(args.list('add-metadata-string')),
      ...variantEntries(args.list('add-metadata'), (_value, pair) => `Parsing ${pair}: `),
    ],
    keepMetadata: args.list('keep-metadata'),
    ...(detached.length === 0 ? {} : { detachedMetadata: stringEntries(detached) }),
    noBindings: args.flag('no-bindings'),
    bindRefs: args.list('bind-ref'),
    bootable: args.flag('bootable'),
    generateSizes: args.flag('generate-sizes'),
    ...(base === undefined ? {} : { base }),
    modifier: { ...modifier, label: policy?.labeler(epoch) ?? null },
    linkCheckoutSpeedup: args.flag('link-checkout-speedup'),
    devinoCanonical: args.flag('devino-canonical'),
    consume: args.flag('consume'),
    skipIfUnchanged: args.flag('skip-if-unchanged'),
    beforeCommit: assertAllMatched,
    ...(await signing(context)),
    ...(fsync === undefined ? {} : { fsync }),
    signal: io.signal,
  };
}

function printTable({ out }: CommandContext, { checksum, stats }: CommitResult): void {
  out.line(`Commit: ${checksum}`);
  out.line(`Metadata Total: ${stats.metadataTotal}`);
  out.line(`Metadata Written: ${stats.metadataWritten}`);
  out.line(`Content Total: ${stats.contentTotal}`);
  out.line(`Content Written: ${stats.contentWritten}`);
  out.line(`Content Cache Hits: ${stats.cacheHits}`);
  out.line(`Content Bytes Written: ${stats.contentBytesWritten}`);
}

/** Options that are known but not there yet. */
const unsupported = ['generate-composefs-metadata'];

/** `commit [PATH]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo: Repo = await openCommandRepo(context);
  repo.assertWritable();
  refuse(context, unsupported);
  if (args.string('branch') === undefined && !args.flag('orphan')) {
    throw new OstError('invalid-argument', 'A branch must be specified with --branch, or use --orphan');
  }
  const sources = treeSources(context);
  const options = await commitOptions(context, repo, sources);
  const result = await withProgress(out, (show) =>
    commitTree(repo, sources, {
      ...options,
      onProgress: ({ files, bytes }) => show({ unit: 'files', done: files, total: null, bytes }),
    }),
  );
  if (args.flag('table-output') && result.changed) printTable(context, result);
  else out.line(result.checksum);
}
