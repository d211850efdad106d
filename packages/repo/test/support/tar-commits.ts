import { expect } from 'vitest';
import type { Checksum } from '@ost/objects';
import { type CommitOptions, type CommitResult, commitTree, type Repo, type TarTreeSource } from '@ost/repo';
import { leftovers, repoState } from './listing.js';
import { assertSound, freshRepo, TIME } from './repos.js';
import { failure } from './scratch.js';
import { inPieces, type Member } from './tar.js';

/** The root directory of an archive. */
export const ROOT: Member = { name: './' };
/** One small file. */
export const HELLO: Member = { name: 'hello', content: 'hello\n' };

/** Commits an archive. */
export function commitTar(
  repo: Repo,
  archive: Uint8Array | AsyncIterable<Uint8Array>,
  source: Partial<TarTreeSource> = {},
  options: Partial<CommitOptions> = {},
): Promise<CommitResult> {
  const bytes = archive instanceof Uint8Array ? inPieces(archive) : archive;
  const layer: TarTreeSource = { type: 'tar', source: bytes, ...source };
  return commitTree(repo, [layer], { branch: 'main', timestamp: TIME, subject: 's', ...options });
}

/** Everything below a commit's root, one line each. */
export function tree(repo: Repo, checksum: Checksum): string[] {
  const lines: string[] = [];
  const visit = (contents: Checksum, meta: Checksum, path: string): void => {
    const { uid, gid, mode, xattrs } = repo.loadDirMeta(meta);
    lines.push(`${path === '' ? '/' : path} ${mode.toString(8)} ${uid}:${gid}${attributes(xattrs)}`);
    const { files, dirs } = repo.loadDirTree(contents);
    for (const { name, checksum: file } of files) {
      const { header, size } = repo.loadFile(file);
      const target = header.symlinkTarget === '' ? size : `-> ${header.symlinkTarget}`;
      const owner = `${header.uid}:${header.gid}`;
      lines.push(`${path}/${name} ${header.mode.toString(8)} ${owner} ${target}${attributes(header.xattrs)}`);
    }
    for (const dir of dirs) visit(dir.contents, dir.meta, `${path}/${dir.name}`);
  };
  const { contents, meta } = repo.loadCommit(checksum);
  visit(contents, meta, '');
  return lines;
}

function attributes(xattrs: readonly { name: Uint8Array; value: Uint8Array }[]): string {
  return xattrs
    .map(({ name, value }) => ` ${Buffer.from(name).toString()}=${Buffer.from(value).toString('hex')}`)
    .join('');
}

/** The tree that an archive gives. */
export async function treeOf(archive: Uint8Array, source: Partial<TarTreeSource> = {}): Promise<string[]> {
  const repo = await freshRepo('archive');
  const { checksum } = await commitTar(repo, archive, source);
  await assertSound(repo);
  return tree(repo, checksum);
}

/** The content of a file at the root of what an archive gives. */
export async function contentOf(archive: Uint8Array, name: string): Promise<Uint8Array> {
  const repo = await freshRepo('archive');
  const { checksum } = await commitTar(repo, archive);
  const { files } = repo.loadDirTree(repo.loadCommit(checksum).contents);
  const found = files.find((file) => file.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return repo.loadFile(found.checksum).read();
}

/** Expects that an archive is refused with one line, and that nothing of it can be seen. */
export async function refused(
  archive: Uint8Array,
  code: string,
  message: RegExp,
  source: Partial<TarTreeSource> = {},
): Promise<void> {
  const repo = await freshRepo('archive');
  const state = repoState(repo.path);
  const error = await failure(commitTar(repo, archive, source));
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('\n');
  expect(error.code).toBe(code);
  expect(repoState(repo.path).filter((line) => !line.includes('objects'))).toEqual(
    state.filter((line) => !line.includes('objects')),
  );
  expect(repo.transaction).toBeNull();
  await repo.withTransaction(async () => undefined);
  expect(leftovers(repo.path)).toEqual([]);
}
