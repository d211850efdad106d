import * as fs from 'node:fs';
import * as path from 'node:path';
import { planPull, pull, type PullPlan } from '@ost/fetch';
import { commitTree, updateSummary } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, makeFixture, objects } from './support/fixture.js';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await makeFixture();
});
afterEach(() => fixture.close());

/** Commits a tree that tells its sizes. */
async function commitWithSizes(): Promise<string> {
  const tree = path.join(fixture.root, 'sized');
  fs.mkdirSync(tree);
  for (let i = 0; i < 5; i++) fs.writeFileSync(path.join(tree, `f${i}`), `content ${i} `.repeat(1000 * i));
  const { checksum } = await commitTree(fixture.source, [{ type: 'dir', path: tree }], {
    branch: 'sized',
    generateSizes: true,
    metadata: [['version', { type: 's', value: '2.1' }]],
    subject: 'With sizes',
  });
  await updateSummary(fixture.source);
  return checksum;
}

describe('a plan', () => {
  it('tells what would come, and stores nothing', async () => {
    const repo = await fixture.client();
    const commit = await commitWithSizes();
    const plan = await planPull(repo, 'origin', { refs: ['sized', 'main'] });
    expect(plan).toMatchObject({
      remote: 'origin',
      bytes: null,
      commits: [
        { ref: 'sized', commit, previous: null, subject: 'With sizes', version: '2.1', how: 'objects', delta: null },
        { ref: 'main', commit: fixture.second, version: null, how: 'objects', missing: null },
      ],
    });
    expect(objects(repo)).toEqual([]);
    expect(repo.listRefs()).toEqual([]);
    const sized = await planPull(repo, 'origin', { refs: ['sized'] });
    const { stats } = await pull(repo, 'origin', { refs: ['sized'] });
    expect(sized.commits[0]?.missing?.objects).toBe(stats.contentFetched + 2);
    expect(sized.bytes).toBeGreaterThan(0);
    expect(sized.bytes).toBeLessThanOrEqual(stats.bytesTransferred);
    const again = await planPull(repo, 'origin', { refs: ['sized'] });
    expect(again).toMatchObject({ bytes: 0, commits: [{ how: 'present', previous: commit, missing: null }] });
  });

  it('is refused where the pull would be', async () => {
    const strict = await fixture.client('archive', []);
    await expect(planPull(strict, 'origin', { refs: ['main'] })).rejects.toThrow('no signatures found');
    const bound = await fixture.client('archive', [
      ['gpg-verify', 'false'],
      ['collection-id', 'org.example.Os'],
    ]);
    await expect(planPull(bound, 'origin', { refs: ['main'] })).rejects.toThrow('collection ID binding');
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: ['main'] });
    const options = { refs: [`main@${fixture.first}`], timestampCheck: true };
    await expect(planPull(repo, 'origin', options)).rejects.toThrow('older');
  });

  it('can be declined before anything is fetched', async () => {
    const repo = await fixture.client();
    const plans: PullPlan[] = [];
    const confirm = (plan: PullPlan): boolean => plans.push(plan) > 1;
    await expect(pull(repo, 'origin', { refs: ['main'], confirm })).rejects.toMatchObject({ code: 'aborted' });
    expect(objects(repo)).toEqual([]);
    expect(fixture.server.count('.dirtree')).toBe(0);
    await pull(repo, 'origin', { refs: ['main'], confirm });
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    expect(plans).toHaveLength(2);
  });

  it('of a directory of this machine says so', async () => {
    const repo = await fixture.client();
    const plan = await planPull(repo, 'origin', { refs: ['main'], url: `file://${fixture.source.path}` });
    expect(plan).toMatchObject({ bytes: 0, commits: [{ how: 'import', commit: fixture.second }] });
  });
});

it('progress knows the total from the start when the commit tells its sizes', async () => {
  const repo = await fixture.client();
  await commitWithSizes();
  const totals: (number | null)[] = [];
  const { stats } = await pull(repo, 'origin', {
    refs: ['sized'],
    onProgress: (event) => event.type === 'progress' && totals.push(event.progress.bytesExpected),
  });
  expect(totals.at(-1)).toBe(stats.bytesTransferred);
  const other = await fixture.client();
  const unknown: (number | null)[] = [];
  await pull(other, 'origin', {
    refs: ['main'],
    onProgress: (event) => event.type === 'progress' && unknown.push(event.progress.bytesExpected),
  });
  expect(unknown.at(-1)).toBeNull();
});
