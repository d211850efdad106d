import { type Checksum, type DirTree, encodeCommit, encodeDirTree, OstError, parseRefspec } from '@ost/objects';
import { BatchRunner } from '../pool/batches.js';
import { signFilesTask } from '../pool/tasks.js';
import type { Repo } from '../repo.js';
import type { Transaction, TransactionOptions } from '../txn/transaction.js';
import type { ImaPolicy, SignFilesInput, SignFilesOutput } from './sign-job.js';
import { ImaSigner } from './signature.js';

/** Options of {@link imaSign}. */
export interface ImaSignOptions extends Pick<TransactionOptions, 'fsync'> {
  /** Hash of the content: sha1, sha224, sha256, sha384 or sha512. */
  readonly algorithm: string;
  /** The private key, RSA or EC, in PEM form; a certificate beside it names the key. */
  readonly key: string;
  /** Replace signatures that files have. @default false */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

/** Outcome of {@link imaSign}. */
export interface ImaSignResult {
  readonly checksum: Checksum;
  /** Different files that got a signature. */
  readonly signed: number;
}

/**
 * Makes a commit whose files carry signatures for Linux's integrity measurement in `security.ima`, and moves a ref to it
 * (system reference, "IMA signing"). All else is that of the first commit; signatures on the commit itself are not
 * carried over. Files are signed on all threads, each once.
 */
export async function imaSign(
  repo: Repo,
  source: Checksum,
  targetRef: string,
  options: ImaSignOptions,
): Promise<ImaSignResult> {
  repo.assertWritable();
  if (repo.mode === 'bare-user-only') {
    throw new OstError('unsupported', 'A bare-user-only repository cannot hold extended attributes');
  }
  const { algorithm, key, overwrite = false, fsync, signal } = options;
  const policy = { algorithm, key, overwrite };
  // A bad key is found before anything begins.
  void new ImaSigner(algorithm, key);
  return repo.withTransaction((transaction) => signCommit(repo, transaction, source, targetRef, policy, signal), {
    ...(fsync === undefined ? {} : { fsync }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function signCommit(
  repo: Repo,
  transaction: Transaction,
  source: Checksum,
  targetRef: string,
  policy: ImaPolicy,
  signal: AbortSignal | undefined,
): Promise<ImaSignResult> {
  const commit = repo.loadCommit(source);
  const trees = loadTrees(repo, commit.contents);
  const files = await signAll(transaction, policy, contentOf(trees.values()), signal);
  const contents = new TreeRewriter(trees, files, transaction).rewrite(commit.contents);
  const checksum = transaction.writer.writeMetadata('commit', encodeCommit({ ...commit, contents }));
  const { remote, ref } = parseRefspec(targetRef);
  transaction.setRef({ remote, name: ref }, checksum);
  return { checksum, signed: [...files].filter(([before, after]) => before !== after).length };
}

/** Every directory of a tree, once. */
function loadTrees(repo: Repo, root: Checksum): ReadonlyMap<Checksum, DirTree> {
  const trees = new Map<Checksum, DirTree>();
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (trees.has(next)) continue;
    const tree = repo.loadDirTree(next);
    trees.set(next, tree);
    for (const { contents } of tree.dirs) pending.push(contents);
  }
  return trees;
}

function contentOf(trees: Iterable<DirTree>): ReadonlySet<Checksum> {
  const all = new Set<Checksum>();
  for (const { files } of trees) for (const { checksum } of files) all.add(checksum);
  return all;
}

async function signAll(
  transaction: Transaction,
  policy: ImaPolicy,
  files: ReadonlySet<Checksum>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Checksum, Checksum>> {
  const signed = new Map<Checksum, Checksum>();
  const runner = new BatchRunner<Checksum, SignFilesInput, SignFilesOutput>({
    task: signFilesTask,
    input: (jobs) => ({ target: transaction.target, policy, files: jobs }),
    done: (jobs, output) => {
      for (const [index, file] of jobs.entries()) signed.set(file, output.signed[index] as Checksum);
    },
    signal,
  });
  try {
    for (const file of files) {
      runner.push(file, FILE_SIZE);
      await runner.drain();
    }
    await runner.finish();
  } catch (error) {
    await runner.settle();
    throw error;
  }
  return signed;
}

/** What a file counts for in a portion; signing costs as much as hashing this many bytes. */
const FILE_SIZE = 1 << 18;

/** Writes directories anew, deepest first, with other files in them. */
class TreeRewriter {
  readonly #rewritten = new Map<Checksum, Checksum>();

  constructor(
    private readonly trees: ReadonlyMap<Checksum, DirTree>,
    private readonly files: ReadonlyMap<Checksum, Checksum>,
    private readonly transaction: Transaction,
  ) {}

  rewrite(contents: Checksum): Checksum {
    const known = this.#rewritten.get(contents);
    if (known !== undefined) return known;
    const { files, dirs } = this.trees.get(contents) as DirTree;
    const tree = {
      files: files.map(({ name, checksum }) => ({ name, checksum: this.files.get(checksum) as Checksum })),
      dirs: dirs.map((dir) => ({ ...dir, contents: this.rewrite(dir.contents) })),
    };
    const written = this.transaction.writer.writeMetadata('dirtree', encodeDirTree(tree));
    this.#rewritten.set(contents, written);
    return written;
  }
}
