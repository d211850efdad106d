import * as path from 'node:path';
import { OstError } from '@ost/objects';
import { type DirectoryEntry, lookupPath, type Repo, type StoredFile } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';

const MAX_LINKS = 40;

/** Finds a file, following symbolic links inside the tree. */
function findFile(repo: Repo, root: DirectoryEntry, name: string): StoredFile {
  let current = path.posix.resolve('/', name);
  for (let links = 0; links <= MAX_LINKS; links++) {
    const entry = lookupPath(repo, root, current);
    if (entry === null)
      throw new OstError('not-found', `No such file or directory: ${current}`, { data: { path: current } });
    if (entry.type === 'directory')
      throw new OstError('invalid-argument', "Can't open directory", { data: { path: name } });
    const file = repo.loadFile(entry.checksum);
    if (!file.isSymlink) return file;
    current = path.posix.resolve(path.posix.dirname(current), file.header.symlinkTarget);
  }
  throw new OstError('io', `Too many levels of symbolic links: ${name}`, { data: { path: name } });
}

/** `cat COMMIT PATH...`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const [rev, ...paths] = args.positionals;
  if (rev === undefined || paths.length === 0) {
    throw new UsageError('A COMMIT and at least one PATH argument are required');
  }
  const root = repo.loadCommit(repo.resolve(rev));
  for (const name of paths) {
    for await (const chunk of findFile(repo, root, name).stream()) out.bytes(chunk);
  }
}
