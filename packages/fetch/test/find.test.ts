import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  configFinder,
  createUsb,
  findRemotes,
  mountFinder,
  overrideFinder,
  pull,
  pullFound,
  type SignatureVerifier,
} from '@ost/fetch';
import { variant } from '@ost/gvariant';
import { type Checksum, encodeDetachedMetadata } from '@ost/objects';
import { addRemote, initRepo, openRepo, type Repo } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, makeFixture } from './support/fixture.js';

const collectionId = 'org.example.Os';
const main = { collectionId, name: 'main' };
let fixture: Fixture;
let repo: Repo;
let mount: string;

const verifier: SignatureVerifier = {
  verify: async ({ metadata }) =>
    metadata.some(([key]) => key === 'ostree.gpgsigs') ? { valid: true } : { valid: false, message: 'BAD' },
};
const sign = (commit: Checksum): void =>
  fixture.source.writeDetachedMetadata(
    commit,
    encodeDetachedMetadata([['ostree.gpgsigs', variant('aay', [new Uint8Array([1])])]]),
  );

/** A client with the remote that vouches for the collection. */
async function client(url = fixture.server.url): Promise<Repo> {
  const at = path.join(fixture.root, `peer-${fs.readdirSync(fixture.root).length}`);
  const peer = await initRepo(at, { mode: 'archive' });
  addRemote(peer, 'origin', {
    keys: [
      ['url', url],
      ['collection-id', collectionId],
    ],
  });
  fs.writeFileSync(path.join(at, 'origin.trustedkeys.gpg'), '');
  return openRepo(at);
}

beforeEach(async () => {
  fixture = await makeFixture({ collectionId });
  sign(fixture.second);
  repo = await client();
  mount = path.join(fixture.root, 'mount');
  fs.mkdirSync(mount);
});
afterEach(() => fixture.close());

describe('finding', () => {
  it('asks the remotes that are configured with the collection', async () => {
    const nope = { collectionId, name: 'nope' };
    const { found, missing } = await findRemotes(repo, [nope, main], [configFinder()], { verifier });
    expect(found).toMatchObject([
      { finder: 'OstreeRepoFinderConfig', priority: 100, url: fixture.server.url, remote: 'origin', configured: true },
    ]);
    expect(found[0]?.refs).toEqual([
      { ref: nope, commit: null },
      { ref: main, commit: fixture.second },
    ]);
    expect(missing).toEqual([nope]);
    expect(await pullFound(repo, found, { verifier })).toMatchObject([{ name: 'main', commit: fixture.second }]);
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    await assertSound(repo);
  });

  it('takes a stick for what it is worth', async () => {
    await pull(repo, 'origin', { refs: ['main'], verifier });
    const made = await createUsb(repo, mount, [main]);
    expect(made.refs).toEqual([{ ...main, commit: fixture.second }]);
    await assertSound(made.repo);
    const other = await client('http://127.0.0.1:1/');
    const finders = [configFinder(), mountFinder([mount])];
    const { found, failures } = await findRemotes(other, [main], finders, { verifier });
    expect(failures).toHaveLength(1);
    expect(found).toMatchObject([{ finder: 'OstreeRepoFinderMount', configured: false, remote: 'origin' }]);
    await pullFound(other, found, { verifier });
    expect(other.resolve('origin:main')).toBe(fixture.second);
    await assertSound(other);
  });

  it('takes nothing unsigned, even if the remote would not care', async () => {
    const unsigned = await fixture.commit((tree) => fs.writeFileSync(path.join(tree, 'file'), 'unsigned'));
    repo.keyFile.set('remote "origin"', 'gpg-verify', 'false');
    const { found } = await findRemotes(repo, [main], [configFinder()], { verifier });
    expect(found[0]?.refs[0]?.commit).toBe(unsigned);
    await expect(pullFound(repo, found, { verifier })).rejects.toThrow(
      `Failed to pull some refs from the remotes: (${collectionId}, main)`,
    );
    expect(repo.resolveIfPresent('origin:main')).toBeNull();
  });

  it('goes on with the next place when the best one fails', async () => {
    await pull(repo, 'origin', { refs: ['main'], verifier });
    const stick = await createUsb(repo, mount, [main]);
    const [object] = fs
      .readdirSync(path.join(stick.repo.path, 'objects'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.filez'));
    fs.rmSync(path.join(stick.repo.path, 'objects', object as string));
    const other = await client();
    const { found } = await findRemotes(other, [main], [configFinder(), mountFinder([mount])], { verifier });
    expect(found.map(({ priority }) => priority)).toEqual([50, 100]);
    await pullFound(other, found, { verifier });
    expect(other.resolve('origin:main')).toBe(fixture.second);
    await assertSound(other);
  });

  it('prefers what is newest, not what is nearest', async () => {
    await pull(repo, 'origin', { refs: ['main'], verifier });
    await createUsb(repo, mount, [main]);
    const third = await fixture.commit((tree) => fs.writeFileSync(path.join(tree, 'file'), 'third'));
    sign(third);
    const { found } = await findRemotes(repo, [main], [mountFinder([mount]), configFinder()], { verifier });
    expect(found).toMatchObject([{ priority: 100, refs: [{ commit: third }] }]);
  });

  it('asks whom the caller names, but trusts only by a configured key', async () => {
    const stranger = await initRepo(path.join(fixture.root, 'stranger'), { mode: 'archive' });
    const finder = overrideFinder([fixture.server.url]);
    expect((await findRemotes(stranger, [main], [finder])).found).toEqual([]);
    const { found } = await findRemotes(repo, [main], [finder], { verifier });
    expect(found).toMatchObject([{ priority: 20, url: fixture.server.url, configured: false }]);
  });
});

describe('a stick', () => {
  beforeEach(() => pull(repo, 'origin', { refs: ['main'], verifier }));

  it('may have its repository in an uncommon place, with one link to it', async () => {
    await createUsb(repo, mount, [main], { destination: 'deep/place' });
    await createUsb(repo, mount, [main], { destination: 'deep/place' });
    expect(fs.readdirSync(path.join(mount, '.ostree/repos.d'))).toEqual(['00-generated']);
    const { found } = await findRemotes(repo, [main], [mountFinder([mount])], { verifier });
    expect(found[0]?.url).toMatch(/deep\/place$/);
  });

  it('gets nothing outside of itself', async () => {
    await expect(createUsb(repo, mount, [main], { destination: '../elsewhere' })).rejects.toThrow('descendent');
    fs.symlinkSync(fixture.root, path.join(mount, 'out'));
    await expect(createUsb(repo, mount, [main], { destination: 'out/x' })).rejects.toThrow('descendent');
    await expect(createUsb(repo, mount, [{ collectionId, name: 'x' }])).rejects.toThrow(
      `Collection–ref (${collectionId}, x) not found`,
    );
    expect(fs.existsSync(path.join(fixture.root, 'elsewhere'))).toBe(false);
  });

  it('full of rubbish is of no interest', async () => {
    fs.mkdirSync(path.join(mount, '.ostree/repos.d'), { recursive: true });
    fs.symlinkSync('loop', path.join(mount, '.ostree/repos.d/loop'));
    fs.symlinkSync('/nowhere', path.join(mount, '.ostree/repos.d/dangling'));
    fs.writeFileSync(path.join(mount, '.ostree/repo'), 'no directory');
    fs.mkdirSync(path.join(mount, 'ostree/repo/objects'), { recursive: true });
    fs.writeFileSync(path.join(mount, 'ostree/repo/config'), '\0\0');
    expect(await findRemotes(repo, [main], [mountFinder([mount])])).toMatchObject({ found: [], missing: [main] });
  });
});
