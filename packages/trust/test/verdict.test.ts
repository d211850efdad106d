import { variant } from '@ost/gvariant';
import { generateKey, gpgSignatures, withGpgSignatures } from '@ost/gpg';
import type { Metadata } from '@ost/objects';
import { addRemote, initRepo, openRepo, type Repo } from '@ost/repo';
import { readRemoteConfig } from '@ost/fetch';
import {
  allKeyrings,
  engineVerdict,
  remoteEngines,
  remoteKeyrings,
  remoteVerifier,
  requireSignedCommit,
} from '@ost/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, makePair } from './fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.make();
});
afterAll(() => fixture.close());

/** An empty repository with the remote `origin`. */
async function repoWithOrigin(name: string, ...keys: [string, string][]): Promise<Repo> {
  const { path } = await initRepo(fixture.at(name), { mode: 'archive' });
  addRemote(await openRepo(path), 'origin', { keys: [['url', 'http://localhost'], ...keys] });
  return openRepo(path);
}

const data = Buffer.from('data');
const env = { OSTREE_DUMMY_SIGN_ENABLED: '1', OSTREE_GPG_HOME: '/nonexistent' };

describe('engineVerdict', () => {
  it('counts the failures of several engines', async () => {
    const key = makePair();
    const keys: [string, string][] = [
      ['verification-ed25519-key', key.text],
      ['verification-dummy-key', 'dummy'],
    ];
    const remote = readRemoteConfig(await repoWithOrigin('verdicts', ...keys), 'origin');
    const engines = remoteEngines(remote, 'any', { env, keyDirectories: [] });
    expect(engines.map(({ engine, keys }) => [engine.name, keys.trusted.length])).toEqual([
      ['ed25519', 1],
      ['spki', 0],
      ['dummy', 1],
    ]);
    const wrong: Metadata = [
      ['ostree.sign.ed25519', variant('aay', [new Uint8Array(64)])],
      ['ostree.sign.dummy', variant('aay', [Buffer.from('wrong')])],
    ];
    expect(engineVerdict(engines, data, wrong)).toEqual({
      valid: false,
      message: `(1 other invalid signatures): ed25519: Signature couldn't be verified with: key '${key.id}'`,
    });
    const good: Metadata = [
      wrong[0] as Metadata[number],
      ['ostree.sign.dummy', variant('aay', [Buffer.from('dummy')])],
    ];
    expect(engineVerdict(engines, data, good)).toEqual({ valid: true, lines: ['dummy: Signature verified'] });
    expect(engineVerdict([], data, good)).toEqual({ valid: false, message: 'No signatures found' });
  });
});

describe('OpenPGP keyrings', () => {
  it('are found where libostree looks', async () => {
    const [own, other] = await Promise.all(
      ['One', 'Two'].map((name) => generateKey({ name, email: `${name}@example.org` })),
    );
    const repo = await repoWithOrigin('keyrings');
    const global = { OSTREE_GPG_HOME: fixture.at('global') };
    fixture.write('global/trustdb.gpg', 'no keyring');
    expect(remoteKeyrings(repo, 'origin', global)).toEqual([]);
    fixture.write('global/all.gpg', other?.publicKey ?? '');
    expect(remoteKeyrings(repo, 'origin', global)).toHaveLength(1);
    fixture.write('keyrings/origin.trustedkeys.gpg', own?.publicKey ?? '');
    expect(remoteKeyrings(repo, 'origin', global)).toHaveLength(1);
    expect(allKeyrings(repo, global)).toHaveLength(2);
  });

  it('decide about commits', async () => {
    const repo = await repoWithOrigin('gpg');
    const verifier = remoteVerifier(repo, { env });
    const remote = readRemoteConfig(repo, 'origin');
    const metadata = withGpgSignatures([], [Buffer.from('garbage')]);
    expect(gpgSignatures(metadata)).toHaveLength(1);
    expect(await verifier.verify({ mechanism: 'gpg', remote, commit: null, data, metadata })).toEqual({
      valid: false,
      message: 'Unable to complete signature verification: GPGME: No data',
    });
    await expect(
      requireSignedCommit(repo, 'origin', { checksum: 'x', bytes: data, detached: null }, env),
    ).rejects.toThrow('Commit x: GPG verification enabled, but no signatures found');
  });
});
