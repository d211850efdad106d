import { describeKey, generateKey, importKeys, listKeys, readKeyring, signDetached, verifyDetached } from '@ost/gpg';
import { afterAll, describe, expect, test } from 'vitest';
import { GnuPg } from './gnupg.js';

process.env.TZ = 'UTC';
const gpg = new GnuPg();
gpg.generate('One <One@Example.org>', '2025-03-01', 'never');
gpg.generate('Two', 'never');
const [one, sub] = gpg.fingerprints('One') as [string, string];
const [two] = gpg.fingerprints('Two') as [string];
afterAll(() => gpg.remove());

describe('importKeys', () => {
  const armored = gpg.run(['--armor', '--export']);

  test('armored or binary, into nothing', async () => {
    const binary = gpg.export();
    for (const data of [armored, binary]) {
      const result = await importKeys(null, data);
      expect(result).toMatchObject({ imported: 2, fingerprints: [one, two] });
      expect(Buffer.from(result.keyring).equals(binary)).toBe(true);
    }
  });

  test('several armored blocks with text around them', async () => {
    const text = `first\n${String(gpg.run(['--armor', '--export', one]))}\nsecond\n${String(gpg.run(['--armor', '--export', two]))}`;
    expect(await importKeys(null, Buffer.from(text))).toMatchObject({ imported: 2 });
  });

  test('only new keys count', async () => {
    const first = await importKeys(null, gpg.export(two));
    expect(await importKeys(first.keyring, armored)).toMatchObject({ imported: 1, fingerprints: [one, two] });
    const again = await importKeys(first.keyring, gpg.export(two));
    expect(again.imported).toBe(0);
    expect(again.keyring).toEqual(first.keyring);
  });

  test('selected keys', async () => {
    for (const id of [one, one.slice(-16), `0x${one.slice(-8)}`, sub.slice(-16), 'one@example.org']) {
      expect(await importKeys(null, armored, { keyIds: [id] })).toMatchObject({ imported: 1, fingerprints: [one] });
    }
    await expect(importKeys(null, armored, { keyIds: ['DEADBEEFDEADBEEF'] })).rejects.toMatchObject({
      code: 'not-found',
      message: 'Unable to find key "DEADBEEFDEADBEEF": GPGME: End of file',
    });
  });

  test('no keys', async () => {
    for (const data of [
      '',
      'garbage',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!\n-----END PGP PUBLIC KEY BLOCK-----',
    ]) {
      await expect(importKeys(null, Buffer.from(data))).rejects.toMatchObject({ code: 'signature' });
    }
  });

  test('what cannot be read stays in the keyring', async () => {
    const strange = new Uint8Array([0x98, 3, 9, 9, 9]);
    const { keyring } = await importKeys(strange, gpg.export(two));
    expect(keyring.subarray(-5)).toEqual(strange);
  });
});

test('listing', async () => {
  const list = await listKeys(await readKeyring(gpg.export()));
  expect(list).toHaveLength(2);
  expect(list[1]).toMatchObject({
    fingerprint: two,
    expires: null,
    userIds: [{ text: 'Two', email: '', directUrl: '' }],
  });
  const hash = /\/hu\/(\w{32})\?/.exec(list[0]?.userIds[0]?.directUrl ?? '')?.[1] as string;
  expect(list[0] && describeKey(list[0])).toBe(
    `Key: ${one}\n` +
      '  Created: Wed Jan \u20071 00:00:00 2025\n' +
      '  Expired: Sat Mar \u20071 12:00:00 2025\n' +
      '  UID: One <One@Example.org>\n' +
      `  Advanced update URL: https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/${hash}?l=one\n` +
      `  Direct update URL: https://example.org/.well-known/openpgpkey/hu/${hash}?l=one\n` +
      `  Subkey: ${sub}\n` +
      '    Created: Wed Jan \u20071 00:00:00 2025\n',
  );
});

describe('signDetached', () => {
  const data = new Uint8Array(100_000).fill(7);

  test('with the user`s GnuPG', async () => {
    const signature = await signDetached(data, two, { homedir: gpg.home });
    expect((signature[0] as number) & 0x80).toBe(0x80);
    const [result] = await verifyDetached(data, [signature], gpg.export());
    expect(result).toMatchObject({ valid: true, fingerprint: two });
  });

  test('no such key', async () => {
    await expect(signDetached(data, 'DEADBEEF', { homedir: gpg.home })).rejects.toMatchObject({
      code: 'not-found',
      message: `No gpg key found with ID DEADBEEF (homedir: ${gpg.home})`,
    });
  });

  test('no such program', async () => {
    await expect(signDetached(data, 'A', { program: '/nonexistent/gpg' })).rejects.toMatchObject({ code: 'io' });
  });

  test('aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(signDetached(data, two, { homedir: gpg.home, signal })).rejects.toMatchObject({ code: 'aborted' });
  });
});

test('a generated key signs through GnuPG', async () => {
  const key = await generateKey({ name: 'New', email: 'new@example.org' });
  gpg.run(['--import'], key.privateKey);
  const data = new Uint8Array([1, 2, 3]);
  const signature = await signDetached(data, key.fingerprint, { homedir: gpg.home });
  expect(await verifyDetached(data, [signature], key.publicKey)).toMatchObject([{ valid: true, userName: 'New' }]);
  await expect(generateKey({ name: 'x', email: 'not a mail' })).rejects.toMatchObject({ code: 'invalid-argument' });
});
