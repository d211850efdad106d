import * as fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RepoMode } from '@ost/objects';
import { type CommitModifier, commitTree, keepEverything, openRepo } from '@ost/repo';
import { withSteps } from './support/patched-fs.js';
import { assertSound, commitDir, freshRepo } from './support/repos.js';
import { failure, scratch, write } from './support/scratch.js';

/** Above this a file is hashed first and copied then, unless it is packed. */
const LARGE = 9 << 20;

/** Does something to a tree as soon as an entry of it has been looked at, but not read yet. */
function once(path: string, action: () => void): CommitModifier {
  let done = false;
  const filter: CommitModifier['filter'] = (seen, info) => {
    if (seen === path && !done) {
      done = true;
      action();
    }
    return info;
  };
  return { ...keepEverything, filter };
}

/** A repository with a commit of a tree, which has changed since. */
async function prepared(mode: RepoMode = 'archive'): Promise<{ repo: string; dir: string; first: string }> {
  const repo = await freshRepo(mode);
  const dir = write(join(scratch(), 'tree'), { file: 'one', 'sub/other': 'other', link: '-> file' });
  const { checksum } = await commitDir(repo, dir);
  write(dir, { file: 'two' });
  return { repo: repo.path, dir, first: checksum };
}

const replaced = (path: string, make: (path: string) => void): void => {
  fs.rmSync(path, { recursive: true });
  make(path);
};

describe('while it is committed', () => {
  it.each<[string, string, (dir: string) => void, RegExp]>([
    [
      'a file grows',
      '/file',
      (dir) => fs.appendFileSync(join(dir, 'file'), 'more'),
      /file changed while it was being committed$/,
    ],
    [
      'a file vanishes',
      '/file',
      (dir) => fs.rmSync(join(dir, 'file')),
      /^openat\(.*file\): No such file or directory$/,
    ],
    [
      'a file becomes a symlink',
      '/file',
      (dir) => replaced(join(dir, 'file'), (path) => fs.symlinkSync('/etc/passwd', path)),
      /^openat\(.*file\): Too many levels of symbolic links$/,
    ],
    [
      'a file becomes a directory',
      '/file',
      (dir) => replaced(join(dir, 'file'), (path) => fs.mkdirSync(path)),
      /^Reading .*file: Is a directory$/,
    ],
    [
      'a file becomes a fifo',
      '/file',
      (dir) => replaced(join(dir, 'file'), (path) => execFileSync('mkfifo', [path])),
      /^Reading .*file: Illegal seek$/,
    ],
    ['a symlink vanishes', '/link', (dir) => fs.rmSync(join(dir, 'link')), /^readlinkat\(.*link\): No such file/],
    [
      'a directory vanishes',
      '/sub',
      (dir) => fs.rmSync(join(dir, 'sub'), { recursive: true }),
      /No such file or directory, llistxattr '.*sub'$/,
    ],
  ])('%s: nothing is published', async (_name, path, action, message) => {
    const { repo, dir, first } = await prepared();
    const options = { branch: 'main', modifier: once(path, () => action(dir)) };
    const error = await failure(commitTree(await openRepo(repo), [{ type: 'dir', path: dir }], options));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect((await openRepo(repo)).resolve('main')).toBe(first);
    await assertSound(await openRepo(repo));
  });

  it('a file shrinks: what is there when it is read is committed', async () => {
    const { repo, dir } = await prepared();
    const modifier = once('/file', () => fs.truncateSync(join(dir, 'file'), 1));
    const { checksum } = await commitTree(await openRepo(repo), [{ type: 'dir', path: dir }], {
      branch: 'main',
      modifier,
    });
    await assertSound(await openRepo(repo));
    const now = await openRepo(repo);
    const { files } = now.loadDirTree(now.loadCommit(checksum).contents);
    const file = files.find(({ name }) => name === 'file');
    expect(Buffer.from(now.loadFile(file?.checksum as never).read()).toString()).toBe('t');
  });

  it.each<[string, (file: string) => void]>([
    ['grows', (file) => fs.appendFileSync(file, 'more')],
    ['shrinks', (file) => fs.truncateSync(file, LARGE - 1)],
    ['is written to', (file) => fs.writeFileSync(file, Buffer.alloc(LARGE, 2))],
  ])('a large file %s between its two readings', async (_name, action) => {
    const { repo, dir, first } = await prepared('bare-user');
    write(dir, { file: 'one' });
    const large = join(dir, 'large');
    fs.writeFileSync(large, Buffer.alloc(LARGE, 1));
    let done = false;
    let error: Error | undefined;
    await withSteps(
      ({ call }) => {
        // The second reading has begun when the first piece of it is written.
        if (done || call !== 'writeSync') return;
        done = true;
        action(large);
      },
      async () => {
        error = await failure(commitDir(await openRepo(repo), dir));
      },
    );
    expect(done).toBe(true);
    expect(error?.message).toMatch(/content|checksum/);
    expect((await openRepo(repo)).resolve('main')).toBe(first);
    await assertSound(await openRepo(repo));
  });
});
