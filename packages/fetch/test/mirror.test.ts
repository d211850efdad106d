import * as fs from 'node:fs';
import * as path from 'node:path';
import { mirror, pull } from '@ost/fetch';
import { parseSummary } from '@ost/objects';
import { fsck, openRepo, type Repo } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, makeFixture } from './support/fixture.js';
import { status } from './support/server.js';

let fixture: Fixture;
let repo: Repo;
beforeEach(async () => {
  fixture = await makeFixture();
  await fixture.commit((tree) => fs.writeFileSync(path.join(tree, 'app1'), '1'), { branch: 'app/one/stable' });
  await fixture.commit((tree) => fs.writeFileSync(path.join(tree, 'app2'), '2'), { branch: 'app/two/stable' });
  repo = await fixture.client();
});
afterEach(() => fixture.close());

const read = (from: Repo, name: string): Buffer | null => {
  const file = path.join(from.path, name);
  return fs.existsSync(file) ? fs.readFileSync(file) : null;
};
const refs = (of: Repo): string[] => of.listRefs().map(({ name }) => name);

/** What somebody who reads from the mirror right now would see: every ref, and every ref of the summary, is complete. */
async function assertServable(): Promise<void> {
  const now = await openRepo(repo.path);
  const summary = read(now, 'summary');
  const listed = summary === null ? [] : parseSummary(summary).refs.map(({ checksum }) => checksum);
  for (const commit of [...now.listRefs().map(({ checksum }) => checksum), ...listed]) {
    expect(now.hasObject('commit', commit)).toBe(true);
    expect(now.partialState(commit)).toBe('complete');
  }
  await fsck(now);
}

describe('a full mirror', () => {
  it('has all refs and the summary of the remote, and can be pulled from', async () => {
    const result = await mirror(repo, 'origin');
    expect(result).toMatchObject({ summary: 'copied', deleted: [], deltas: { copied: 0 } });
    expect(refs(repo)).toEqual(['app/one/stable', 'app/two/stable', 'main']);
    expect(read(repo, 'summary')).toEqual(read(fixture.source, 'summary'));
    await assertSound(repo);
    const client = await fixture.client('bare-user');
    await pull(client, 'origin', { refs: ['main'], url: `file://${repo.path}`, untrusted: true });
    expect(client.resolve('origin:main')).toBe(fixture.second);
  });

  it('follows the remote, and forgets what the remote forgets only when told to', async () => {
    await mirror(repo, 'origin');
    await fixture.source.setRef({ name: 'app/one/stable' }, null);
    const next = await fixture.commit((tree) => fs.rmSync(path.join(tree, 'app1')));
    expect((await mirror(repo, 'origin')).deleted).toEqual([]);
    expect(refs(repo)).toContain('app/one/stable');
    expect((await mirror(repo, 'origin', { deleteRefs: true })).deleted).toEqual([{ name: 'app/one/stable' }]);
    expect(refs(repo)).toEqual(['app/two/stable', 'main']);
    expect(repo.resolve('main')).toBe(next);
  });

  it('shows no ref before its objects, at any time', async () => {
    const seen: Promise<void>[] = [];
    const watch = (): false => {
      seen.push(assertServable());
      return false;
    };
    fixture.server.behaviours.set('/', watch);
    await mirror(repo, 'origin', { connections: 1 });
    await fixture.commit((tree) => fs.writeFileSync(path.join(tree, 'file'), 'third'));
    await mirror(repo, 'origin', { connections: 1 });
    await Promise.all(seen);
    expect(seen.length).toBeGreaterThan(10);
  });

  it('that fails keeps showing the old state', async () => {
    await mirror(repo, 'origin');
    const before = [read(repo, 'summary'), repo.resolve('main')];
    await fixture.commit((tree) => {
      for (let i = 0; i < 4; i++) fs.writeFileSync(path.join(tree, `new${i}`), `new ${i}`);
    });
    let left = 2;
    fixture.server.behaviours.set(
      '.filez',
      (request, response) => left-- <= 0 && status(404)(request, response) !== false,
    );
    await expect(mirror(repo, 'origin')).rejects.toThrow('HTTP 404');
    expect([read(repo, 'summary'), repo.resolve('main')]).toEqual(before);
    await assertServable();
    fixture.server.behaviours.clear();
    await mirror(repo, 'origin');
    expect(read(repo, 'summary')).toEqual(read(fixture.source, 'summary'));
  });

  it('needs an archive, a summary and something in it', async () => {
    await expect(mirror(await fixture.client('bare-user'), 'origin')).rejects.toMatchObject({ code: 'unsupported' });
    fs.rmSync(path.join(fixture.source.path, 'summary'));
    await expect(mirror(repo, 'origin')).rejects.toThrow('does not have a summary');
  });
});

describe('a partial mirror', () => {
  it('has the refs that were asked for, and a summary of its own', async () => {
    const result = await mirror(repo, 'origin', { refs: ['app/*/stable'] });
    expect(result.summary).toBe('made');
    expect(refs(repo)).toEqual(['app/one/stable', 'app/two/stable']);
    expect(parseSummary(read(repo, 'summary') as Buffer).refs.map(({ name }) => name)).toEqual(refs(repo));
    await mirror(repo, 'origin', { refs: ['**'] });
    expect(refs(repo)).toHaveLength(3);
    await assertSound(repo);
  });

  it.each([
    ['app/*', "No such branch 'app/*'"],
    ['../*', 'Invalid ref name ../*'],
    ['ma.n', "No such branch 'ma.n'"],
  ])('%s is refused', async (pattern, message) => {
    await expect(mirror(repo, 'origin', { refs: [pattern] })).rejects.toThrow(message);
    expect(refs(repo)).toEqual([]);
  });
});
