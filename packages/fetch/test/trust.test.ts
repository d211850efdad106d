import * as fs from 'node:fs';
import * as path from 'node:path';
import { fetchRemoteSummary, pull, readRemoteConfig, type SignatureVerifier } from '@ost/fetch';
import { variant } from '@ost/gvariant';
import { encodeDetachedMetadata, type Checksum } from '@ost/objects';
import { openRepo, updateSummary } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, makeFixture, objectFile, objects } from './support/fixture.js';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await makeFixture();
});
afterEach(() => fixture.close());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const signature = (text: string): Uint8Array =>
  encodeDetachedMetadata([['ostree.gpgsigs', variant('aay', [bytes(text)])]]);

/** Takes the signature `good` for anything. */
const verifier: SignatureVerifier = {
  async verify({ metadata }) {
    const value = metadata.find(([key]) => key === 'ostree.gpgsigs')?.[1].value as Uint8Array[];
    return value.some((s) => Buffer.from(s).toString() === 'good')
      ? { valid: true, lines: ['Good signature'] }
      : { valid: false, message: 'BAD signature' };
  },
};

const sign = (commit: Checksum, text: string): void => fixture.source.writeDetachedMetadata(commit, signature(text));
const signed = () => fixture.client('archive', []);

describe('commit signatures', () => {
  it('are required by default', async () => {
    const repo = await signed();
    expect(readRemoteConfig(repo, 'origin').gpgVerify).toBe(true);
    await expect(pull(repo, 'origin', { refs: ['main'], verifier })).rejects.toThrow(
      `Commit ${fixture.second}: GPG verification enabled, but no signatures found`,
    );
    expect(objects(repo)).toEqual([]);
    expect(fs.readdirSync(path.join(repo.path, 'state'))).toEqual([]);
    expect(fixture.server.count('.dirtree')).toBe(0);
  });

  it('need somebody who can judge them', async () => {
    sign(fixture.second, 'good');
    await expect(pull(await signed(), 'origin', { refs: ['main'] })).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('are shown when they are good and end the pull when they are bad', async () => {
    const repo = await signed();
    sign(fixture.second, 'bad');
    await expect(pull(repo, 'origin', { refs: ['main'], verifier })).rejects.toThrow(
      `Commit ${fixture.second}: BAD signature`,
    );
    expect(objects(repo)).toEqual([]);
    sign(fixture.second, 'good');
    const lines: unknown[] = [];
    await pull(repo, 'origin', {
      refs: ['main'],
      verifier,
      onProgress: (e) => e.type === 'signature' && lines.push(e),
    });
    expect(lines).toEqual([{ type: 'signature', commit: fixture.second, lines: ['Good signature'] }]);
  });

  it('are required of parents too', async () => {
    sign(fixture.second, 'good');
    const repo = await signed();
    await expect(pull(repo, 'origin', { refs: ['main'], depth: 1, verifier })).rejects.toThrow(
      `Commit ${fixture.first}: `,
    );
  });

  it('are required of commits that are stored already', async () => {
    const repo = await signed();
    await pull(repo, 'origin', { refs: [fixture.second], gpgVerify: false });
    await expect(pull(repo, 'origin', { refs: ['main'], verifier })).rejects.toThrow(`Commit ${fixture.second}: `);
    expect(repo.resolveIfPresent('origin:main')).toBeNull();
    sign(fixture.second, 'good');
    await pull(repo, 'origin', { refs: ['main'], verifier });
    expect(repo.resolve('origin:main')).toBe(fixture.second);
  });

  it('come again when they are lost', async () => {
    sign(fixture.second, 'good');
    const repo = await signed();
    await pull(repo, 'origin', { refs: ['main'], verifier });
    const file = path.join(repo.path, objectFile(fixture.second, 'commitmeta'));
    fs.rmSync(file);
    await pull(repo, 'origin', { refs: ['main'], verifier });
    expect(fs.existsSync(file)).toBe(true);
  });

  it('are required over file URLs', async () => {
    const repo = await signed();
    const options = { refs: ['main'], url: `file://${fixture.source.path}`, verifier };
    await expect(pull(repo, 'origin', options)).rejects.toThrow(`Commit ${fixture.second}: GPG verification enabled`);
    expect(objects(repo)).toEqual([]);
    sign(fixture.second, 'good');
    await pull(repo, 'origin', options);
    expect(repo.resolve('origin:main')).toBe(fixture.second);
  });
});

describe('summary signatures', () => {
  const keys = [
    ['gpg-verify', 'false'],
    ['gpg-verify-summary', 'true'],
  ] as const;
  const signSummary = (text: string) => updateSummary(fixture.source, { sign: async () => signature(text) });

  it('are required when configured', async () => {
    const repo = await fixture.client('archive', keys);
    const options = { refs: ['main'], verifier };
    await expect(pull(repo, 'origin', options)).rejects.toThrow('GPG verification enabled, but no summary.sig found');
    await signSummary('bad');
    await expect(pull(repo, 'origin', options)).rejects.toThrow(/^BAD signature$/);
    fs.rmSync(path.join(fixture.source.path, 'summary'));
    await expect(pull(repo, 'origin', options)).rejects.toThrow('GPG verification enabled, but no summary found');
    await signSummary('good');
    await pull(repo, 'origin', options);
  });

  it('make the summary worth keeping', async () => {
    const repo = await fixture.client('archive', keys);
    await signSummary('good');
    await pull(repo, 'origin', { refs: ['main'], verifier });
    const cached = path.join(repo.path, 'tmp/cache/summaries/origin');
    const { ino } = fs.statSync(cached);
    fixture.server.forget();
    await pull(repo, 'origin', { refs: ['main'], verifier });
    expect(fixture.server.requests.slice(0, 2)).toEqual(['/summary.sig', expect.stringContaining('commitmeta')]);
    expect(fs.statSync(cached).ino).toBe(ino);
    // A damaged copy is replaced, not believed.
    const { mtime } = fs.statSync(`${cached}.sig`);
    fs.writeFileSync(`${cached}.sig`, signature('bad'));
    fs.utimesSync(`${cached}.sig`, mtime, mtime);
    await pull(repo, 'origin', { refs: ['main'], verifier });
    expect(fs.readFileSync(`${cached}.sig`).equals(signature('good'))).toBe(true);
  });

  it('can be asked for alone', async () => {
    const repo = await fixture.client();
    const summary = await fetchRemoteSummary(await openRepo(repo.path), 'origin');
    expect(summary?.list()).toMatchObject([{ name: 'main', collectionId: null, commit: fixture.second }]);
    fs.rmSync(path.join(fixture.source.path, 'summary'));
    expect(await fetchRemoteSummary(repo, 'origin')).toBeNull();
  });
});
