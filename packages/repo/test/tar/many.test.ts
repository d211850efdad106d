import { describe, expect, it } from 'vitest';
import { type CommitResult, commitTree } from '@ost/repo';
import { assertSound, freshRepo } from '../support/repos.js';
import { failure } from '../support/scratch.js';
import { tar } from '../support/tar.js';
import { commitTar, ROOT } from '../support/tar-commits.js';

/** More than one thread gets to do, with the same content now and then. */
const FILES = 2000;
const names = Array.from({ length: FILES }, (_, i) => `f${i}`);
const content = (i: number): string => `content ${i % (FILES - 500)} `.repeat(1 + (i % 200));
const archive = tar(ROOT, ...names.map((name, i) => ({ name, content: content(i) })));

describe('an archive of many files', () => {
  it('becomes a sound commit, each content stored once', async () => {
    const repo = await freshRepo('archive');
    const commit = await commitTar(repo, archive);
    await assertSound(repo);
    expect(commit.stats).toMatchObject({
      contentTotal: FILES,
      contentWritten: new Set(names.map((_, i) => content(i))).size,
    });
    const { files } = repo.loadDirTree(repo.loadCommit(commit.checksum).contents);
    const stored = new Map(files.map(({ name, checksum }) => [name, repo.loadFile(checksum).read()]));
    names.forEach((name, i) => expect(Buffer.from(stored.get(name) as Uint8Array).toString()).toBe(content(i)));
  });

  it('has the sizes that the same tree has once it is all stored', async () => {
    const repo = await freshRepo('archive');
    const first = await commitTar(repo, archive, {}, { generateSizes: true });
    const again = await commitTar(repo, archive, {}, { generateSizes: true, parent: null });
    expect(again.stats.contentWritten).toBe(0);
    const sizes = ({ checksum }: CommitResult): unknown =>
      repo.loadCommit(checksum).metadata.find(([key]) => key === 'ostree.sizes');
    expect(sizes(again)).toEqual(sizes(first));
    expect(sizes(again)).toBeDefined();
  });

  it('that ends early publishes nothing, and nothing stays behind', async () => {
    const other = await freshRepo('archive');
    const error = await failure(commitTar(other, archive.subarray(0, archive.length - 300_000)));
    expect(error.message).toMatch(/truncated|ends|end of/i);
    expect(other.listRefs()).toEqual([]);
    await assertSound(other);
  });

  it('is given up when the caller says so', async () => {
    const other = await freshRepo('archive');
    const stop = new AbortController();
    const source = (async function* () {
      yield archive.subarray(0, archive.length - 4096);
      stop.abort();
      yield archive.subarray(archive.length - 4096);
    })();
    await expect(commitTree(other, [{ type: 'tar', source }], { branch: 'main', signal: stop.signal })).rejects.toThrow(
      /abort/i,
    );
    await assertSound(other);
  });
});
