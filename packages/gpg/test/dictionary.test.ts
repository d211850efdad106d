import { addGpgSignatures, gpgSignatures, madeBy, readKeyring, withGpgSignatures } from '@ost/gpg';
import { variant } from '@ost/gvariant';
import type { Metadata } from '@ost/objects';
import { afterAll, describe, expect, test } from 'vitest';
import { GnuPg } from './gnupg.js';

const data = new TextEncoder().encode('the bytes of a commit');
const gpg = new GnuPg();
gpg.generate('One <one@example.org>', 'never', 'never');
gpg.generate('Two <two@example.org>', 'never');
afterAll(() => gpg.remove());

describe('a dictionary of OpenPGP signatures', () => {
  const other: Metadata = [['key', variant('s', 'value')]];

  test('grows by each key and keeps what else is in it', async () => {
    const [, sub = ''] = gpg.fingerprints('One');
    const [two = ''] = gpg.fingerprints('Two');
    const first = await addGpgSignatures(data, other, ['one@example.org'], { homedir: gpg.home });
    const both = await addGpgSignatures(data, first, [two], { homedir: gpg.home });
    expect(gpgSignatures(both)).toHaveLength(2);
    expect(new Map(both).get('key')).toEqual(other[0]?.[1]);
    expect(withGpgSignatures(both, [])).toEqual(other);
    expect(await addGpgSignatures(data, other, [])).toBe(other);

    const keyring = await readKeyring(gpg.export());
    const by = (name: string) => madeBy(data, gpgSignatures(both), keyring, name);
    for (const name of [
      sub,
      sub.slice(-16),
      `0x${sub.slice(-8)}`,
      gpg.fingerprints('One')[0] ?? '',
      'ONE@example.org',
    ]) {
      expect(await by(name), name).toEqual([true, false]);
    }
    expect(await by(two)).toEqual([false, true]);
    for (const name of ['nobody', 'DEADBEEFDEADBEEF']) expect(await by(name)).toEqual([false, false]);
    expect(await madeBy(data, gpgSignatures(both), await readKeyring([]), 'one@example.org')).toEqual([false, false]);
  });
});
