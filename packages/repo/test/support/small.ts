import { join } from 'node:path';
import type { Checksum } from '@ost/objects';
import { lookupPath, type Repo } from '@ost/repo';
import { commitDir, freshRepo } from './repos.js';
import { scratch, write } from './scratch.js';

/** A repository with one commit of two small files on `main`. */
export async function small(mode: string): Promise<{ repo: Repo; dir: string; checksum: Checksum }> {
  const repo = await freshRepo(mode);
  const dir = write(join(scratch(), 'small'), { 'a/one': '1', two: '2', link: '-> two' });
  const { checksum } = await commitDir(repo, dir);
  return { repo, dir, checksum };
}

/** What a file of a commit is. */
export function fileOf(
  repo: Repo,
  rev: string,
  path: string,
): { mode: number; uid: number; text: string; xattrs: number } {
  const entry = lookupPath(repo, repo.loadCommit(repo.resolve(rev)), path);
  if (entry?.type !== 'file') throw new Error(`no file ${path}`);
  const file = repo.loadFile(entry.checksum);
  const { mode, uid, xattrs } = file.header;
  return { mode: mode & 0o7777, uid, text: Buffer.from(file.read()).toString(), xattrs: xattrs.length };
}
