import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout, fsck, openRepo, type Repo } from '@ost/repo';
import { commitDir, freshRepo } from './support/repos.js';
import { failure, scratch, write } from './support/scratch.js';

const MEMORY = 'tmp/cache/ost-plain-files';
const FILES = 2500;

/** A repository with a commit of many files, and some of each kind that a bare-user repository stores as a file. */
async function prepared(): Promise<{ repo: Repo; commit: string; memory: string }> {
  const repo = await freshRepo('bare-user');
  const dir = join(scratch(), 'tree');
  for (let i = 0; i < FILES; i++) {
    write(dir, { [`d${i % 10}/file${i}`]: `content ${i}` });
    if (i % 100 === 0) write(dir, { [`d${i % 10}/link${i}`]: `-> file${i}`, [`d${i % 10}/empty${i}`]: '' });
  }
  fs.chmodSync(join(dir, 'd1/file1'), 0o200);
  const { checksum } = await commitDir(repo, dir);
  return { repo, commit: checksum, memory: join(repo.path, MEMORY) };
}

/** What is remembered, behind a mark of 8 bytes. */
function checksumsIn(memory: string): string[] {
  return fs.readFileSync(memory).subarray(8).toString('hex').match(/.{64}/g) ?? [];
}

/** Each file of a checkout: what it is, and how many names its inode has. */
function listing(dir: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const path = join(dir, name);
      const stat = fs.lstatSync(path);
      if (stat.isDirectory()) return `${name}/`;
      if (stat.isSymbolicLink()) return `${name} -> ${fs.readlinkSync(path)}`;
      const shared = stat.nlink > 1 ? 'shared' : 'own';
      return `${name} ${shared} ${(stat.mode & 0o777).toString(8)} ${stat.size}`;
    })
    .sort();
}

async function checkedOut(repo: Repo, commit: string, options = {}): Promise<string[]> {
  const destination = join(scratch(), 'out');
  await checkout(await openRepo(repo.path), commit as never, destination, { userMode: true, ...options });
  return listing(destination);
}

describe('what a checkout remembers of a bare-user repository', () => {
  it('gives the same trees, links and copies as looking at each object', async () => {
    const { repo, commit, memory } = await prepared();
    const first = await checkedOut(repo, commit);
    const remembered = checksumsIn(memory);
    expect(remembered).toHaveLength(FILES - 1);
    for (const checksum of remembered) {
      const { header, size } = repo.loadFile(checksum as never);
      expect([header.mode & 0o170400, size > 0]).toEqual([0o100400, true]);
    }
    expect(first.filter((line) => line.includes(' -> '))).toHaveLength(FILES / 100);
    expect(first.filter((line) => line.includes(' own '))).toHaveLength(FILES / 100 + 1);
    expect(await checkedOut(repo, commit)).toEqual(first);
    expect(await checkedOut(repo, commit, { requireHardlinks: true, overwrite: 'union' })).toEqual(first);
  });

  it('does no harm when it is damaged, and is made anew', async () => {
    const { repo, commit, memory } = await prepared();
    const first = await checkedOut(repo, commit);
    const whole = fs.readFileSync(memory);
    for (const damaged of [whole.subarray(0, 100_001), Buffer.alloc(50_000, 'x'), Buffer.alloc(0)]) {
      fs.writeFileSync(memory, damaged);
      expect(await checkedOut(repo, commit)).toEqual(first);
    }
  });

  it('is dropped when an object turns out not to be what its name says', async () => {
    const { repo, commit, memory } = await prepared();
    await checkedOut(repo, commit);
    const [some = ''] = checksumsIn(memory);
    fs.appendFileSync(join(repo.path, 'objects', some.slice(0, 2), `${some.slice(2)}.file`), 'more');
    await failure(fsck(repo));
    expect(fs.existsSync(memory)).toBe(false);
  });

  it('still says when an object is missing, and when a name is taken', async () => {
    const { repo, commit, memory } = await prepared();
    await checkedOut(repo, commit);
    const destination = join(scratch(), 'out');
    write(destination, { 'd9/file999': 'mine' });
    const taken = await failure(
      checkout(repo, commit as never, destination, { userMode: true, overwrite: 'identical' }),
    );
    expect(taken.message).toMatch(/^Hardlinking .* to file999: File exists$/);
    const last = checksumsIn(memory).at(-1) ?? '';
    fs.rmSync(join(repo.path, 'objects', last.slice(0, 2), `${last.slice(2)}.file`));
    expect((await failure(checkedOut(repo, commit))).message).toContain(`Couldn't find file object '${last}'`);
  });
});
