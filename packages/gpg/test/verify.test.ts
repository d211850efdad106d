import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSignature, importKeys, readKeyring, requireValidSignature, verifyDetached } from '@ost/gpg';
import { isOstError } from '@ost/objects';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { GnuPg } from './gnupg.js';
import { makeCases } from './material.js';

process.env.TZ = 'UTC';
const DATA = new TextEncoder().encode('the bytes of a commit\r\nwith lines\n');
const gpg = new GnuPg();
const cases = makeCases(gpg, DATA);
afterAll(() => gpg.remove());

const byName = (name: string) => {
  const found = cases.find((each) => each.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe('verifyDetached', () => {
  test.each(cases)('$name', async ({ signatures, keyring, expected }) => {
    const results = await verifyDetached(DATA, signatures, keyring);
    expect(results.map((result) => result.status)).toEqual(expected);
    for (const result of results) expect(result.valid).toBe(result.status === 'valid');
  });

  test('the facts of a signature by a subkey', async () => {
    const { signatures, keyring } = byName('subkey');
    const [primary, subkey] = gpg.fingerprints('sub@example.org');
    expect(await verifyDetached(DATA, signatures, await readKeyring(keyring))).toEqual([
      {
        status: 'valid',
        valid: true,
        reason: 'Good signature',
        fingerprint: subkey,
        primaryFingerprint: primary,
        created: Date.UTC(2025, 0, 2) / 1000,
        expires: null,
        keyExpires: null,
        primaryKeyExpires: null,
        algorithm: 'EdDSA',
        hashAlgorithm: 'SHA256',
        userName: 'With Sub',
        userEmail: 'sub@example.org',
      },
    ]);
  });

  test('more signatures than anybody needs are not looked at', async () => {
    const { signatures, keyring } = byName('several');
    const many = Array.from({ length: 257 }, () => signatures[0] as Uint8Array);
    await expect(verifyDetached(DATA, many, keyring)).rejects.toMatchObject({
      code: 'limit',
      message: 'GPG: 257 signatures are more than the 256 that are looked at',
    });
  });

  test('the past can be asked about', async () => {
    const { signatures, keyring } = byName('expired key');
    const [result] = await verifyDetached(DATA, signatures, keyring, { date: new Date('2025-02-01') });
    expect(result?.status).toBe('valid');
  });

  test('several keyrings, armored or binary, in any order', async () => {
    const { signatures } = byName('several');
    const armored = gpg.run(['--armor', '--export', 'good@example.org']);
    const results = await verifyDetached(DATA, signatures, [armored, gpg.export('sub@example.org'), new Uint8Array()]);
    expect(results.map((result) => result.status)).toEqual(['valid', 'missing-key', 'valid']);
  });

  test('a revocation in any copy of the key counts', async () => {
    const { signatures, keyring } = byName('revoked key');
    const [fingerprint] = gpg.fingerprints('revoked@example.org') as [string];
    const revoked = gpg.export(fingerprint);
    const clean = withoutRevocation(revoked);
    expect((await verifyDetached(DATA, signatures, clean))[0]?.status).toBe('valid');
    expect((await verifyDetached(DATA, signatures, [clean, keyring]))[0]?.status).toBe('revoked-key');
    const { keyring: updated, imported } = await importKeys(clean, revoked);
    expect(imported).toBe(0);
    expect((await verifyDetached(DATA, signatures, updated))[0]?.status).toBe('revoked-key');
  });

  test('a keybox, as GnuPG keeps its keys', async () => {
    const keybox = readFileSync(join(gpg.home, 'pubring.kbx'));
    const { signatures } = byName('several');
    const results = await verifyDetached(DATA, signatures, keybox);
    const exported = await verifyDetached(DATA, signatures, gpg.export());
    expect(results.map((result) => result.status)).toEqual(exported.map((result) => result.status));
    expect(results.map((result) => result.status)).toContain('valid');
    const known = (await readKeyring(gpg.export())).entries.map((entry) => entry.fingerprint);
    expect((await readKeyring(keybox)).entries.map((entry) => entry.fingerprint)).toEqual(known);
    const { keyring } = await importKeys(keybox, gpg.export('good@example.org'));
    expect((await readKeyring(keyring)).entries).toHaveLength(known.length);
  });

  test('a keybox counts whole or not at all', async () => {
    const keybox = readFileSync(join(gpg.home, 'pubring.kbx'));
    const cut = [12, 33, 40, keybox.length - 1].map((end) => keybox.subarray(0, end));
    const [endless, outside] = [Buffer.from(keybox), Buffer.from(keybox)];
    endless.writeUint32BE(0, 32);
    outside.writeUint32BE(0xffff_ffff, 32 + 12);
    for (const bytes of [...cut, endless, outside]) {
      await expect(readKeyring(bytes)).rejects.toMatchObject({ code: 'corrupt' });
    }
  });
});

/** The key packet, and what follows the revocation behind it; both have headers of the old format. */
function withoutRevocation(key: Uint8Array): Uint8Array {
  const packetSize = (at: number): number => {
    const [tag, high, low] = key.subarray(at) as unknown as [number, number, number];
    return (tag & 3) === 0 ? 2 + high : 3 + ((high << 8) | low);
  };
  const first = packetSize(0);
  return new Uint8Array([...key.subarray(0, first), ...key.subarray(first + packetSize(first))]);
}

describe('malformed input', () => {
  const { signatures, keyring } = byName('good');
  const [signature] = signatures as [Uint8Array];
  const goodKey = gpg.export('good@example.org');

  test.each([
    ['nothing', []],
    ['text', [new TextEncoder().encode('hello')]],
    ['cut short', [signature.subarray(0, 60)]],
    ['garbage behind', [signature, new TextEncoder().encode('hello')]],
    ['a key', [keyring]],
    ['partial lengths', [new Uint8Array([0xc2, 0xe1, 0, 0])]],
    ['an indeterminate length', [new Uint8Array([0x8b, 0, 0])]],
  ] as [string, Uint8Array[]][])('signatures: %s', async (_name, bytes) => {
    await expect(verifyDetached(DATA, bytes, keyring)).rejects.toMatchObject({
      code: 'signature',
      message: 'Unable to complete signature verification: GPGME: No data',
    });
  });

  test('an empty signature packet is a bad signature', async () => {
    const [result] = await verifyDetached(DATA, [new Uint8Array([0x88, 0])], keyring);
    expect(result).toMatchObject({ status: 'bad', fingerprint: '' });
  });

  test('damaged signatures and keyrings never break, and never vouch for other data', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, flip, inRing) => {
        const ring = Uint8Array.from(goodKey);
        const made = Uint8Array.from(signature);
        const target = inRing ? ring : made;
        const index = at % target.length;
        target[index] = (target[index] as number) ^ flip;
        try {
          const results = await verifyDetached(DATA, [made], ring);
          // What is not covered by a signature may change without harm.
          if (results.some((result) => result.valid))
            expect(await verifyDetached(DATA.slice(1), [made], ring)).not.toContainEqual(
              expect.objectContaining({ valid: true }),
            );
        } catch (error) {
          expect(isOstError(error)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('what is said', () => {
  test('an expired signature', async () => {
    const { signatures, keyring } = byName('expired signature');
    const [result] = await verifyDetached(DATA, signatures, keyring);
    const id = (gpg.fingerprints('good@example.org')[0] as string).slice(-16);
    expect(result && describeSignature(result)).toBe(
      `Signature made Thu Jan \u20072 00:00:00 2025 using EdDSA key ID ${id}\n` +
        'Expired signature from "Good <good@example.org>"\n' +
        'Signature expired Fri Jan \u20073 00:00:00 2025\n',
    );
  });

  test('when nothing is valid', async () => {
    expect(() => requireValidSignature([])).toThrow('No GPG signatures found');
    const { signatures, keyring } = byName('missing');
    const results = await verifyDetached(DATA, signatures, keyring);
    try {
      requireValidSignature(results);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'signature', data: { status: 'missing-key' } });
      expect((error as Error).message.split('\n')).toHaveLength(4);
      expect((error as Error).message).toContain("Can't check signature: public key not found");
    }
    requireValidSignature(await verifyDetached(DATA, byName('several').signatures, byName('several').keyring));
  });
});
