import * as fs from 'node:fs';
import { isOstError, OstError } from '@ost/objects';
import { checkout, type CheckoutOptions, type OverwriteMode, type Repo } from '@ost/repo';
import { type CommandContext, openCommandRepo, refuse, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { fsyncPolicy } from '../lib/fsync.js';
import { readText } from '../lib/read-text.js';
import { namedPolicy } from '../lib/selinux.js';
import { withProgress } from '../lib/task-progress.js';

function conflict(a: string, b: string): OstError {
  return new OstError('invalid-argument', `Cannot specify both ${a} and ${b}`);
}

function overwriteMode({ args }: CommandContext): OverwriteMode {
  const union = args.flag('union');
  const add = args.flag('union-add');
  const identical = args.flag('union-identical');
  if (union && add) throw conflict('--union', '--union-add');
  if (union && identical) throw conflict('--union', '--union-identical');
  if (add && identical) throw conflict('--union-add', '--union-identical');
  if (identical && !args.flag('require-hardlinks')) {
    throw new OstError('invalid-argument', '--union-identical requires --require-hardlinks');
  }
  return union ? 'union' : add ? 'add' : identical ? 'identical' : 'none';
}

/** `--selinux-policy`, `--selinux-prefix`. */
function labelOptions(context: CommandContext): Pick<CheckoutOptions, 'labels'> {
  const prefix = context.args.string('selinux-prefix');
  if (context.args.string('selinux-policy') === undefined) {
    if (prefix === undefined) return {};
    throw new OstError('invalid-argument', 'Cannot specify --selinux-prefix without --selinux-policy');
  }
  return { labels: { policy: namedPolicy(context), ...(prefix === undefined ? {} : { prefix }) } };
}

function skipFilter(context: CommandContext): Pick<CheckoutOptions, 'skip'> {
  const file = context.args.string('skip-list');
  if (file === undefined) return {};
  const paths = new Set(readText(context, file).split('\n'));
  return { skip: (name) => paths.has(name) };
}

/** Options that lead to the code path which knows neither the cache nor `--allow-noent`. */
const extended = [
  'disable-cache',
  'whiteouts',
  'process-passthrough-whiteouts',
  'require-hardlinks',
  'union-add',
  'force-copy',
  'force-copy-zerosized',
  'bareuseronly-dirs',
  'union-identical',
];

function checkoutOptions(context: CommandContext): CheckoutOptions {
  const { args, io } = context;
  refuse(context, ['composefs', 'composefs-noverity']);
  const labels = labelOptions(context);
  const overwrite = overwriteMode(context);
  const copies = args.flag('force-copy') || labels.labels !== undefined;
  if (args.flag('require-hardlinks') && copies) throw conflict('--require-hardlinks', '--force-copy');
  fsyncPolicy(context);
  const isExtended =
    extended.some((name) => args.flag(name)) || args.string('skip-list') !== undefined || labels.labels !== undefined;
  const subpath = args.string('subpath');
  return {
    userMode: args.flag('user-mode'),
    overwrite,
    allowNoent: args.flag('allow-noent') && !isExtended,
    forceCopy: args.flag('force-copy'),
    requireHardlinks: args.flag('require-hardlinks'),
    processWhiteouts: args.flag('whiteouts'),
    processPassthroughWhiteouts: args.flag('process-passthrough-whiteouts'),
    bareUserOnlyDirs: args.flag('bareuseronly-dirs'),
    signal: io.signal,
    ...(isExtended ? { useCache: false } : {}),
    ...(subpath === undefined ? {} : { subpath }),
    ...skipFilter(context),
    ...labels,
  };
}

/** `REV NUL SUBPATH NUL` pairs. */
async function readPairs(context: CommandContext): Promise<[rev: string, subpath: string][]> {
  const file = context.args.string('from-file');
  const chunks: Uint8Array[] = [];
  if (file !== undefined) chunks.push(fs.readFileSync(resolvePath(context, file)));
  else for await (const chunk of context.io.stdin) chunks.push(chunk);
  const words = Buffer.concat(chunks).toString('utf8').split('\0');
  const pairs: [string, string][] = [];
  for (let i = 0; words[i] !== undefined && words[i] !== ''; i += 2)
    pairs.push([words[i] as string, words[i + 1] ?? '']);
  return pairs;
}

async function checkoutMany(context: CommandContext, repo: Repo, options: CheckoutOptions): Promise<void> {
  const [destination] = context.args.positionals;
  if (destination === undefined) throw new UsageError('DESTINATION must be specified');
  for (const [rev, subpath] of await readPairs(context)) {
    const commit = repo.resolve(rev);
    try {
      const part = subpath === '' ? {} : { subpath };
      await checkout(repo, commit, resolvePath(context, destination), { ...options, ...part });
    } catch (error) {
      throw isOstError(error) ? error.withPrefix(`Processing tree ${commit}: `) : error;
    }
  }
}

/** `checkout COMMIT [DESTINATION]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const options = checkoutOptions(context);
  if (args.flag('from-stdin') || args.string('from-file') !== undefined) return checkoutMany(context, repo, options);
  const [rev, destination] = args.positionals;
  if (rev === undefined) throw new UsageError('COMMIT must be specified');
  const commit = repo.resolve(rev);
  await withProgress(out, (show) =>
    checkout(repo, commit, resolvePath(context, destination ?? rev), {
      ...options,
      onProgress: ({ files }) => show({ unit: 'files', done: files, total: null }),
    }),
  );
}
