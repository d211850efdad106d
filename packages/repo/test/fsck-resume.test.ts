import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Checksum, loosePath } from '@ost/objects';
import { fsck, type FsckResult, listLooseObjects, type Repo } from '@ost/repo';
import { commitDir, freshRepo } from './support/repos.js';
import { failure, scratch, write } from './support/scratch.js';

const RECORD = 'tmp/cache/ost-fsck';

/** A repository whose check takes several portions. */
async function many(): Promise<Repo> {
  const repo = await freshRepo('archive');
  const files = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`d${i % 7}/f${i}`, `${i}`]));
  await commitDir(repo, write(join(scratch(), 'tree'), files));
  return repo;
}

/** A check that is stopped as soon as it has told of some progress. */
async function stopped(repo: Repo): Promise<void> {
  const controller = new AbortController();
  const onEvent = ({ type }: { type: string }): void => void (type === 'progress' && controller.abort());
  const error = await failure(fsck(repo, { resume: true, signal: controller.signal, onEvent }));
  expect(error.name).toBe('AbortError');
}

/** Types and checksums that the record holds. */
function recorded(repo: Repo): [type: number | undefined, checksum: Checksum][] {
  const bytes = fs.readFileSync(join(repo.path, RECORD));
  return Array.from({ length: bytes.length / 33 }, (_, i) => {
    const record = bytes.subarray(i * 33, (i + 1) * 33);
    return [record[0], record.toString('hex', 1) as Checksum];
  });
}

const resumed = (repo: Repo): Promise<FsckResult> => fsck(repo, { resume: true, all: true });

describe('a check that was stopped', () => {
  it('is gone on with, once', async () => {
    const repo = await many();
    await stopped(repo);
    const known = recorded(repo).length;
    expect(known).toBeGreaterThan(0);
    const result = await resumed(repo);
    expect(result).toMatchObject({ findings: [], resumed: known });
    expect(result.objects).toBeGreaterThan(known);
    expect(fs.existsSync(join(repo.path, RECORD))).toBe(false);
    const dones: number[] = [];
    const onEvent = (event: { type: string; done?: number }): void => void dones.push(event.done ?? 0);
    expect(await fsck(repo, { resume: true, onEvent })).toMatchObject({ resumed: 0, objects: result.objects });
    expect(Math.max(...dones)).toBe(result.objects);
  });

  it('by a corrupt object, looks at that again', async () => {
    const repo = await many();
    const files = [...listLooseObjects(repo.path)].filter(({ type }) => type === 'file');
    const bad = files.at(-1) as (typeof files)[0];
    const good = fs.readFileSync(bad.path);
    fs.writeFileSync(bad.path, 'corrupt');
    expect(await failure(fsck(repo, { resume: true }))).toMatchObject({ code: 'corrupt' });
    expect(recorded(repo).map(([, checksum]) => checksum)).not.toContain(bad.checksum);
    expect(await failure(fsck(repo, { resume: true }))).toMatchObject({ code: 'corrupt' });
    fs.writeFileSync(bad.path, good);
    expect(await resumed(repo)).toMatchObject({ findings: [], corrupt: false });
  });

  it('misses what went in between', async () => {
    const repo = await many();
    await stopped(repo);
    const [, checksum] = recorded(repo).find(([type]) => type === 1) as [number, Checksum];
    fs.rmSync(join(repo.path, 'objects', loosePath(checksum, 'file', 'archive')));
    expect(await resumed(repo)).toMatchObject({ findings: [{ checksum, problem: 'missing' }] });
  });

  it('by a kill, leaves whole records only', async () => {
    const repo = await many();
    await stopped(repo);
    const known = recorded(repo).length;
    fs.appendFileSync(join(repo.path, RECORD), Buffer.alloc(20, 1));
    await stopped(repo);
    expect(recorded(repo).length).toBeGreaterThan(known);
    expect(recorded(repo).every(([type]) => type !== undefined && type >= 1 && type <= 4)).toBe(true);
    // Nor does a record of something else do harm.
    fs.appendFileSync(join(repo.path, RECORD), Buffer.alloc(66, 0xff));
    expect(await resumed(repo)).toMatchObject({ findings: [] });
  });
});
