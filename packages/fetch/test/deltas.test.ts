import * as fs from 'node:fs';
import * as path from 'node:path';
import { type DeltaApplier, mirror, planPull, pull, type PullOptions, type SignatureVerifier } from '@ost/fetch';
import { variant } from '@ost/gvariant';
import {
  type Checksum,
  deltaPath,
  DELTAS_DIRECTORY,
  encodeDetachedMetadata,
  formatDeltaName,
  type Metadata,
} from '@ost/objects';
import { nodeHash, openRepo, type Repo, updateSummary } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, makeFixture, objectFile, objects } from './support/fixture.js';

let fixture: Fixture;
let repo: Repo;
beforeEach(async () => {
  fixture = await makeFixture();
  repo = await fixture.client('bare-user');
});
afterEach(() => fixture.close());

/** A superblock as this applier understands it. */
interface Block {
  readonly from: Checksum | null;
  readonly to: Checksum;
  /** Contents of the parts. */
  readonly parts: readonly string[];
  /** The signature in its envelope. */
  readonly signature?: string;
}

const signatures = (text: string): Metadata => [['ostree.sign.ed25519', variant('aay', [Buffer.from(text)])]];

/** Where parts of the deltas that were applied end up. */
let applied: string[];
beforeEach(() => {
  applied = [];
});

/** Understands superblocks that are JSON; a part brings nothing, so that everything is fetched after it. */
const applier: DeltaApplier = {
  open(bytes) {
    const { from, to, parts, signature }: Block = JSON.parse(Buffer.from(bytes).toString());
    return {
      from,
      to,
      signed: signature === undefined ? null : { data: Buffer.from(to), metadata: signatures(signature) },
      commit: fs.readFileSync(path.join(fixture.source.path, objectFile(to, 'commit'))),
      detachedMetadata: null,
      parts: parts.map((part) => ({
        size: part.length,
        usize: part.length,
        checksum: nodeHash.sha256(Buffer.from(part)),
        inline: false,
      })),
      fallbacks: [],
      async apply({ fetchPart, signal }) {
        for (const i of parts.keys()) applied.push(Buffer.from(await fetchPart(i, signal)).toString());
        return { applied: parts.length, skipped: 0 };
      },
    };
  },
};

const directory = (from: Checksum | null, to: Checksum): string =>
  path.join(fixture.source.path, DELTAS_DIRECTORY, deltaPath(from, to));

async function makeDelta(from: Checksum | null, to: Checksum, block: Partial<Block> = {}): Promise<void> {
  const whole: Block = { from, to, parts: ['part 0', 'part 1'], ...block };
  fs.mkdirSync(directory(from, to), { recursive: true });
  for (const [i, part] of whole.parts.entries()) fs.writeFileSync(path.join(directory(from, to), `${i}`), part);
  fs.writeFileSync(path.join(directory(from, to), 'superblock'), JSON.stringify(whole));
  await updateSummary(fixture.source);
}

const go = (options: PullOptions = {}) =>
  pull(repo, 'origin', { refs: ['main'], deltas: applier, networkRetries: 0, ...options });

async function assertUnharmed(): Promise<void> {
  expect(repo.resolveIfPresent('origin:main')).toBeNull();
  await go({ disableStaticDeltas: true });
  await assertSound(repo);
}

describe('a static delta', () => {
  it('is used, and what it leaves out is fetched', async () => {
    await makeDelta(null, fixture.second);
    const plan = await planPull(repo, 'origin', { refs: ['main'], deltas: applier });
    expect(plan).toMatchObject({
      bytes: 12,
      commits: [{ how: 'delta', delta: { from: null, parts: 2, size: 12, uncompressedSize: 12 } }],
    });
    expect(objects(repo)).toEqual([]);
    const { stats } = await go({ requireStaticDeltas: true });
    expect(applied).toEqual(['part 0', 'part 1']);
    expect([stats.deltaParts, stats.contentFetched]).toEqual([2, 5]);
    await assertSound(repo);
  });

  it('must lead to the commit that was asked for', async () => {
    await makeDelta(null, fixture.second, { to: fixture.first });
    await expect(go()).rejects.toThrow(`Static delta is ${fixture.first}, expected ${fixture.second}`);
    await assertUnharmed();
  });

  it('must come from the commit that it was chosen for', async () => {
    await go({ refs: [fixture.first], disableStaticDeltas: true });
    const name = formatDeltaName(fixture.first, fixture.second);
    await makeDelta(fixture.first, fixture.second, { from: null });
    await expect(go()).rejects.toThrow(`Static delta is ${fixture.second}, expected ${name}`);
    await assertUnharmed();
  });

  it('must be the one that the summary names', async () => {
    await makeDelta(null, fixture.second);
    fs.appendFileSync(path.join(directory(null, fixture.second), 'superblock'), ' ');
    await expect(go()).rejects.toThrow(`Invalid checksum for static delta ${fixture.second}`);
    await assertUnharmed();
  });

  it('that is missing after all gives way to objects, unless it is required', async () => {
    await makeDelta(null, fixture.second);
    fs.rmSync(path.join(directory(null, fixture.second), 'superblock'));
    await expect(go({ requireStaticDeltas: true })).rejects.toThrow('Static deltas required, but none found');
    await go();
    expect(applied).toEqual([]);
    await assertSound(repo);
  });

  it.each([
    ['is longer than it says', (file: string) => fs.appendFileSync(file, 'more'), 'exceeded maximum size of 6 bytes'],
    ['is missing', (file: string) => fs.rmSync(file), 'Server returned HTTP 404'],
  ])('one of whose parts %s ends the pull', async (_, damage, message) => {
    await makeDelta(null, fixture.second);
    damage(path.join(directory(null, fixture.second), '1'));
    await expect(go()).rejects.toThrow(message);
    await assertUnharmed();
  });

  it('brings no commit that is not signed, even one that is stored already', async () => {
    await makeDelta(fixture.first, fixture.second);
    await go({ refs: [fixture.first], disableStaticDeltas: true });
    await go({ refs: [fixture.second], disableStaticDeltas: true, commitMetadataOnly: true });
    expect(repo.hasObject('commit', fixture.second)).toBe(true);
    const verifier: SignatureVerifier = { verify: async () => ({ valid: true }) };
    await expect(go({ gpgVerify: true, verifier })).rejects.toThrow(
      `Commit ${fixture.second}: GPG verification enabled, but no signatures found`,
    );
    expect(repo.resolveIfPresent('origin:main')).toBeNull();
    expect(applied).toEqual([]);
  });
});

describe('the envelope of a static delta', () => {
  const asked: unknown[] = [];
  const verifier: SignatureVerifier = {
    async verify(request) {
      const { commit, data, metadata } = request;
      const [signature] = (metadata[0]?.[1].value ?? []) as Uint8Array[];
      asked.push([request.mechanism === 'sign' ? request.engines : 'gpg', commit, Buffer.from(data).toString()]);
      return String(signature) === 'good' ? { valid: true } : { valid: false, message: 'bad engine' };
    },
  };
  const configured = async (...keys: [string, string][]): Promise<void> => {
    repo = await fixture.client('bare-user', [['gpg-verify', 'false'], ...keys]);
  };
  const demand = async (): Promise<void> => {
    const config = repo.readConfig();
    config.setBoolean('core', 'sign-verify-deltas', true);
    repo.saveConfig(config);
    repo = await openRepo(repo.path);
  };
  const pulls = () => go({ verifier, requireStaticDeltas: true });
  beforeEach(() => {
    asked.length = 0;
    fixture.source.writeDetachedMetadata(fixture.second, encodeDetachedMetadata(signatures('good')));
  });

  it('is not looked at without a policy', async () => {
    await makeDelta(null, fixture.second, { signature: 'bad' });
    await pulls();
    expect(asked).toEqual([]);
  });

  it('must be good where commits are signed by engines', async () => {
    await configured(['sign-verify', 'ed25519;spki']);
    await makeDelta(null, fixture.second, { signature: 'bad' });
    await expect(pulls()).rejects.toThrow(`Can't verify static delta ${fixture.second}: bad engine`);
    expect([applied, objects(repo)]).toEqual([[], []]);
    await makeDelta(null, fixture.second, { signature: 'good' });
    await pulls();
    expect(asked).toContainEqual([['ed25519', 'spki'], null, fixture.second]);
    expect(asked).toContainEqual([['ed25519', 'spki'], fixture.second, expect.any(String)]);
  });

  it('may be missing there', async () => {
    await configured(['sign-verify', 'true']);
    await makeDelta(null, fixture.second);
    await pulls();
    expect(asked).toEqual([['any', fixture.second, expect.any(String)]]);
  });

  it('must be there and good if the repository says so', async () => {
    await demand();
    await makeDelta(null, fixture.second);
    await expect(pulls()).rejects.toThrow(`Static delta ${fixture.second}: no signatures in static-delta`);
    await makeDelta(null, fixture.second, { signature: 'bad' });
    await expect(pulls()).rejects.toMatchObject({ code: 'signature' });
    expect(applied).toEqual([]);
    await go({ verifier, disableStaticDeltas: true });
    await makeDelta(null, fixture.second, { signature: 'good' });
    repo = await fixture.client('bare-user');
    await demand();
    await pulls();
    expect(asked).toContainEqual(['any', null, fixture.second]);
  });
});

describe('a mirror of static deltas', () => {
  beforeEach(async () => {
    repo = await fixture.client('archive');
    await makeDelta(null, fixture.second);
    await makeDelta(fixture.first, fixture.second);
  });
  const there = (from: Checksum | null): string[] => {
    const place = path.join(repo.path, DELTAS_DIRECTORY, deltaPath(from, fixture.second));
    return fs.existsSync(place) ? fs.readdirSync(place).sort() : [];
  };

  it('has them byte for byte, with their indexes, and copies each once', async () => {
    expect((await mirror(repo, 'origin', { deltas: applier })).deltas.copied).toBe(2);
    for (const from of [null, fixture.first]) expect(there(from)).toEqual(['0', '1', 'superblock']);
    const indexes = fs.readdirSync(path.join(repo.path, 'delta-indexes'), { recursive: true, encoding: 'utf8' });
    expect(indexes.filter((name) => name.endsWith('.index'))).toHaveLength(1);
    fixture.server.forget();
    expect((await mirror(repo, 'origin', { deltas: applier })).deltas).toEqual({ copied: 0, bytes: 0 });
    expect(fixture.server.count('superblock')).toBe(0);
    expect((await mirror(await fixture.client(), 'origin')).deltas.copied).toBe(0);
  });

  it('shows none that is not whole', async () => {
    fs.writeFileSync(path.join(directory(null, fixture.second), '1'), 'part x');
    await expect(mirror(repo, 'origin', { deltas: applier })).rejects.toThrow('Checksum mismatch in static delta part');
    expect(there(null)).not.toContain('superblock');
    expect(there(null).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(fs.existsSync(path.join(repo.path, 'summary'))).toBe(false);
    fs.writeFileSync(path.join(directory(null, fixture.second), '1'), 'part 1');
    await mirror(repo, 'origin', { deltas: applier });
    expect(there(null)).toEqual(['0', '1', 'superblock']);
  });
});
