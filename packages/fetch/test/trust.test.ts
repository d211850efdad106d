import * as fs from 'node:fs';
import * as path from 'node:path';
import { fetchRemoteSummary, pull, readRemoteConfig, type SignatureVerifier } from '@ost/fetch';
import { variant } from '@ost/gvariant';
import { encodeDetachedMetadata, metadataValue, type Checksum } from '@ost/objects';
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
    expect(lines).toEqual([{ type: 'signature', mechanism: 'gpg', commit: fixture.second, lines: ['Good signature'] }]);
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
    // Also when everything is here.
    await pull(repo, 'origin', { ...options, refs: [fixture.second], gpgVerify: false });
    for (const more of [{}, { subpaths: ['/dir'] }, { url: fixture.server.url }, { localCaches: [fixture.source] }]) {
      await expect(pull(repo, 'origin', { ...options, ...more })).rejects.toThrow(
        `Commit ${fixture.second}: GPG verif`,
      );
      expect(repo.resolveIfPresent('origin:main')).toBeNull();
    }
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

  it('are asked for by the entity tag that the server gave them', async () => {
    const repo = await fixture.client('archive', keys);
    await signSummary('good');
    let tag = '"one"';
    fixture.server.behaviours.set('/summary', (request, response) => {
      if (request.headers['if-none-match'] === tag) {
        response.writeHead(304).end();
        return true;
      }
      const file = path.join(fixture.source.path, request.url ?? '');
      response.writeHead(200, { etag: tag }).end(fs.readFileSync(file));
      return true;
    });
    const answers = async () => {
      fixture.server.forget();
      await pull(repo, 'origin', { refs: ['main'], verifier });
      const asked = fixture.server.requests.map((name, i) => `${name} ${fixture.server.headers[i]?.['if-none-match']}`);
      return asked.filter((name) => name.startsWith('/summary')).sort();
    };
    expect(await answers()).toEqual(['/summary undefined', '/summary.sig undefined']);
    expect(await answers()).toEqual(['/summary.sig "one"']);
    await signSummary('good');
    tag = '"two"';
    // The signature is the same, and so is what it signs.
    expect(await answers()).toEqual(['/summary.sig "one"']);
    expect(await answers()).toEqual(['/summary.sig "two"']);
  });

  it('can be asked for alone', async () => {
    const repo = await fixture.client();
    const summary = await fetchRemoteSummary(await openRepo(repo.path), 'origin');
    expect(summary?.list()).toMatchObject([{ name: 'main', collectionId: null, commit: fixture.second }]);
    fs.rmSync(path.join(fixture.source.path, 'summary'));
    expect(await fetchRemoteSummary(repo, 'origin')).toBeNull();
  });
});

describe('signatures of engines', () => {
  const engineSignature = (text: string): Uint8Array =>
    encodeDetachedMetadata([['ostree.sign.ed25519', variant('aay', [bytes(text)])]]);
  const seen: unknown[] = [];
  /** Takes `good` of either kind, and remembers what it was asked. */
  const judge: SignatureVerifier = {
    async verify(request) {
      const [[key, { value }] = ['', { value: [] }]] = request.metadata;
      seen.push(
        request.mechanism === 'gpg' ? 'gpg' : [request.engines, request.commit === null ? 'summary' : 'commit'],
      );
      const [first] = value as Uint8Array[];
      const mine = key === (request.mechanism === 'gpg' ? 'ostree.gpgsigs' : 'ostree.sign.ed25519');
      return mine && String(Buffer.from(first ?? [])) === 'good'
        ? { valid: true }
        : { valid: false, message: 'not good' };
    },
  };
  const options = { refs: ['main'], verifier: judge };
  const client = (...keys: [string, string][]) => fixture.client('archive', [['gpg-verify', 'false'], ...keys]);
  beforeEach(() => {
    seen.length = 0;
  });

  it('are required of commits', async () => {
    const repo = await client(['sign-verify', 'ed25519']);
    await expect(pull(repo, 'origin', options)).rejects.toThrow("Can't verify commit without detached metadata");
    fixture.source.writeDetachedMetadata(fixture.second, engineSignature('bad'));
    await expect(pull(repo, 'origin', options)).rejects.toThrow(`Can't verify commit ${fixture.second}: not good`);
    expect(objects(repo)).toEqual([]);
    fixture.source.writeDetachedMetadata(fixture.second, engineSignature('good'));
    await pull(repo, 'origin', options);
    expect(seen).toEqual([
      [['ed25519'], 'commit'],
      [['ed25519'], 'commit'],
    ]);
  });

  it('are required of summaries', async () => {
    const repo = await client(['sign-verify-summary', 'true']);
    const missing = 'Signatures verification enabled, but no summary.sig found';
    await expect(pull(repo, 'origin', options)).rejects.toThrow(missing);
    await updateSummary(fixture.source, { sign: async () => engineSignature('bad') });
    await expect(pull(repo, 'origin', options)).rejects.toThrow(/^not good$/);
    await updateSummary(fixture.source, { sign: async () => bytes('no dictionary') });
    await expect(pull(repo, 'origin', options)).rejects.toThrow(/^not good$/);
    await updateSummary(fixture.source, { sign: async () => engineSignature('good') });
    await pull(repo, 'origin', options);
    expect(seen.at(-1)).toEqual(['any', 'summary']);
    await pull(repo, 'origin', { ...options, disableSignVerifySummary: true });
    expect(seen).toHaveLength(3);
  });

  it('are required besides OpenPGP where both are', async () => {
    const repo = await fixture.client('archive', [['sign-verify', 'ed25519']]);
    const both = (gpg: string, engine: string): void =>
      fixture.source.writeDetachedMetadata(
        fixture.second,
        encodeDetachedMetadata([
          ['ostree.gpgsigs', variant('aay', [bytes(gpg)])],
          ['ostree.sign.ed25519', variant('aay', [bytes(engine)])],
        ]),
      );
    const either: SignatureVerifier = {
      async verify({ mechanism, metadata }) {
        const key = mechanism === 'gpg' ? 'ostree.gpgsigs' : 'ostree.sign.ed25519';
        const [first] = metadataValue(metadata, key, 'aay') ?? [];
        return String(Buffer.from(first ?? [])) === 'good' ? { valid: true } : { valid: false, message: mechanism };
      },
    };
    both('good', 'bad');
    await expect(pull(repo, 'origin', { refs: ['main'], verifier: either })).rejects.toThrow(
      `Can't verify commit ${fixture.second}: sign`,
    );
    both('bad', 'good');
    await expect(pull(repo, 'origin', { refs: ['main'], verifier: either })).rejects.toThrow(
      `Commit ${fixture.second}: gpg`,
    );
    both('good', 'good');
    await pull(repo, 'origin', { refs: ['main'], verifier: either });
  });

  it('have lists of keys in the configuration', async () => {
    const repo = await client(['verification-ed25519-key', 'one;two'], ['verification-spki-file', '/some/file']);
    expect(readRemoteConfig(repo, 'origin').verificationKeys).toEqual({
      ed25519: { keys: ['one', 'two'], files: [] },
      spki: { keys: [], files: ['/some/file'] },
      dummy: { keys: [], files: [] },
    });
  });

  it('are not missed where nobody asks: what cannot be read of them is left out', async () => {
    const file = path.join(fixture.source.path, objectFile(fixture.second, 'commitmeta'));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, 'no dictionary');
    await expect(pull(await client(['sign-verify', 'true']), 'origin', options)).rejects.toMatchObject({
      code: 'not-normal',
    });
    const repo = await client();
    await pull(repo, 'origin', options);
    expect(repo.readDetachedMetadata(fixture.second)).toBeNull();
    expect(seen).toEqual([]);
  });
});

describe('an older summary', () => {
  const keys = [
    ['gpg-verify', 'false'],
    ['gpg-verify-summary', 'true'],
  ] as const;
  const names = ['summary', 'summary.sig'] as const;
  const options = { refs: ['main'], verifier };
  const served = (name: string): string => path.join(fixture.source.path, name);
  const keep = () => names.map((name) => fs.readFileSync(served(name)));
  /** Signs a summary that says it was made at some time. */
  const publish = async (seconds: number): Promise<Buffer[]> => {
    const real = Date.now;
    Date.now = () => seconds * 1000;
    try {
      await updateSummary(fixture.source, {
        sign: async () =>
          encodeDetachedMetadata([['ostree.gpgsigs', variant('aay', [bytes('good'), bytes(`${seconds}`)])]]),
      });
    } finally {
      Date.now = real;
    }
    for (const name of names) fs.utimesSync(served(name), seconds, seconds);
    return keep();
  };
  /** Puts files on the server that look new from outside. */
  const replay = (files: readonly Buffer[]): void => {
    for (const [i, name] of names.entries()) {
      fs.writeFileSync(served(name), files[i] as Buffer);
      fs.utimesSync(served(name), new Date(), new Date(Date.now() + 5_000_000));
    }
  };

  it('is refused, though its signature is good', async () => {
    const repo = await fixture.client('archive', keys);
    await fixture.source.setRef({ name: 'main' }, fixture.first);
    const old = await publish(1_700_000_000);
    await pull(repo, 'origin', options);
    await fixture.source.setRef({ name: 'main' }, fixture.second);
    const current = await publish(1_700_000_100);
    await pull(repo, 'origin', options);
    replay(old);
    await expect(pull(repo, 'origin', options)).rejects.toThrow(
      'Summary of remote "origin" is of 2023-11-14T22:13:20Z, but one of 2023-11-14T22:15:00Z was seen before',
    );
    await expect(fetchRemoteSummary(repo, 'origin', { verifier })).rejects.toMatchObject({ code: 'state' });
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    await pull(repo, 'origin', { ...options, allowOlderSummary: true });
    expect(repo.resolve('origin:main')).toBe(fixture.first);
    replay(current);
    await pull(repo, 'origin', options);
  });

  it('is judged by a copy with a good signature only', async () => {
    const repo = await fixture.client('archive', keys);
    await publish(4_000_000_000);
    await pull(repo, 'origin', options);
    fs.writeFileSync(path.join(repo.path, 'tmp/cache/summaries/origin.sig'), signature('forged'));
    await publish(1_700_000_000);
    await pull(repo, 'origin', options);
  });

  it('of a remote that signs none is of no interest: nothing vouches for its date', async () => {
    const repo = await fixture.client('archive', [['gpg-verify', 'false']]);
    await publish(1_700_000_100);
    await pull(repo, 'origin', options);
    replay(await publish(1_700_000_000));
    await pull(repo, 'origin', options);
  });
});

describe('a summary', () => {
  it('cannot be paired with the signature of another', async () => {
    const strict: SignatureVerifier = {
      verify: async ({ data, metadata }) => {
        const [sig] = metadata.flatMap(([key, { value }]) => (key === 'ostree.gpgsigs' ? (value as Uint8Array[]) : []));
        return Buffer.from(sig as Uint8Array).equals(Buffer.from(data.slice(0, 64)))
          ? { valid: true }
          : { valid: false, message: 'BAD' };
      },
    };
    const repo = await fixture.client('archive', [
      ['gpg-verify', 'false'],
      ['gpg-verify-summary', 'true'],
    ]);
    await updateSummary(fixture.source, {
      sign: async (data) => encodeDetachedMetadata([['ostree.gpgsigs', variant('aay', [data.slice(0, 64)])]]),
    });
    const signed = fs.readFileSync(path.join(fixture.source.path, 'summary.sig'));
    await pull(repo, 'origin', { refs: ['main'], verifier: strict });
    await fixture.source.setRef({ name: 'aaa' }, fixture.first);
    await updateSummary(fixture.source);
    fs.writeFileSync(path.join(fixture.source.path, 'summary.sig'), signed);
    fs.utimesSync(path.join(fixture.source.path, 'summary.sig'), new Date(), new Date(Date.now() + 9000));
    // The signature is the one in the cache, and with it goes the summary in the cache.
    await pull(repo, 'origin', { refs: ['main'], verifier: strict });
    const fresh = await fixture.client('archive', [
      ['gpg-verify', 'false'],
      ['gpg-verify-summary', 'true'],
    ]);
    await expect(pull(fresh, 'origin', { refs: ['main'], verifier: strict })).rejects.toThrow('BAD');
  });

  it('that names a ref outside of refs is refused', async () => {
    const repo = await fixture.client();
    const summary = fs.readFileSync(path.join(fixture.source.path, 'summary'));
    const at = summary.indexOf('main\0');
    summary.write('../x', at, 'latin1');
    fs.writeFileSync(path.join(fixture.source.path, 'summary'), summary);
    await expect(pull(repo, 'origin', { mirror: true })).rejects.toMatchObject({ code: 'invalid-name' });
  });

  it('may point at what is not there, and then no ref moves', async () => {
    const repo = await fixture.client();
    fs.rmSync(path.join(fixture.source.path, objectFile(fixture.second, 'commit')));
    await expect(pull(repo, 'origin', { refs: ['main'] })).rejects.toThrow('Server returned HTTP 404');
    await expect(pull(repo, 'origin', { mirror: true })).rejects.toThrow('Server returned HTTP 404');
    expect(repo.listRefs()).toEqual([]);
    expect(objects(repo)).toEqual([]);
  });
});
