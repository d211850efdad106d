import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { describeSignatureEngine } from '@ost/contracts';
import { ed25519, signatureEngine, signatureEngines, spki } from '@ost/sign';
import { describe, expect, it } from 'vitest';
import { base64, bytesOf, ed25519Pairs, pem, spkiPair } from './keys.js';

const env = { OSTREE_DUMMY_SIGN_ENABLED: '1' };
const noKeys = ['', ' ', '=', 'AAAA', '!!!!', base64(randomBytes(31)), `${base64(randomBytes(32)).slice(0, -1)}*`];

describeSignatureEngine(ed25519, {
  pairs: ed25519Pairs,
  noKeys: [...noKeys, base64(randomBytes(33)), base64(randomBytes(63)), base64(randomBytes(65)), 'A'.repeat(4096)],
});
for (const kind of ['ec', 'ed25519', 'ed448', 'rsa'] as const) {
  describeSignatureEngine(spki, { pairs: [spkiPair(kind), spkiPair(kind)], noKeys: [...noKeys, 'MAA='] });
}
describeSignatureEngine(signatureEngine('dummy', env), {
  pairs: [
    { publicKey: 'one', secretKey: 'one' },
    { publicKey: 'two', secretKey: 'two' },
  ],
  noKeys: [],
  provesNothing: true,
});

describe('signatureEngine', () => {
  it('knows the engines by name', () => {
    for (const name of ['ed25519', 'spki', 'dummy']) expect(signatureEngine(name, {}).name).toBe(name);
    for (const name of ['', 'gpg', 'Ed25519', 'nosuch', '__proto__']) {
      expect(() => signatureEngine(name)).toThrow(
        expect.objectContaining({ code: 'unsupported', message: 'Requested signature type is not implemented' }),
      );
    }
  });

  it('uses the dummy engine only where it is asked for', () => {
    expect(signatureEngines({}).map(({ name }) => name)).toEqual(['ed25519', 'spki']);
    expect(signatureEngines(env).map(({ name }) => name)).toEqual(['ed25519', 'spki', 'dummy']);
    const dummy = signatureEngine('dummy', { OSTREE_DUMMY_SIGN_ENABLED: '0' });
    for (const use of [() => dummy.publicKey('key'), () => dummy.secretKey('key')]) {
      expect(use).toThrow('dummy signature type is only for ostree testing');
    }
  });
});

// RFC 8032, section 7.1, tests 1 to 3.
const VECTORS = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    data: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    data: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    data: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

describe('ed25519', () => {
  it.each(VECTORS)('signs as RFC 8032 does: $data', ({ seed, key, data, signature }) => {
    const secret = ed25519.secretKey(base64(Buffer.from(seed + key, 'hex')));
    expect(Buffer.from(secret.sign(Buffer.from(data, 'hex'))).toString('hex')).toBe(signature);
    const known = ed25519.publicKey(base64(Buffer.from(key, 'hex')));
    expect(known.id).toBe(key);
    expect(known.verify(Buffer.from(data, 'hex'), Buffer.from(signature, 'hex'))).toBe(true);
  });

  it('says how long keys have to be', () => {
    const [{ publicKey, secretKey }] = ed25519Pairs;
    expect(() => ed25519.publicKey(secretKey)).toThrow(
      'Invalid ed25519 public key: Ill-formed input: expected 32 bytes, got 64 bytes',
    );
    expect(() => ed25519.secretKey(publicKey)).toThrow(
      'Invalid ed25519 secret key: Ill-formed input: expected 64 bytes, got 32 bytes',
    );
    expect(() => ed25519.publicKey('not base64')).toThrow('Invalid ed25519 public key: not base64');
  });

  it('refuses a secret key whose halves do not belong together', () => {
    const [one, two] = ed25519Pairs.map(({ secretKey }) => Buffer.from(secretKey, 'base64'));
    const mixed = Buffer.concat([(one as Buffer).subarray(0, 32), (two as Buffer).subarray(32)]);
    expect(() => ed25519.secretKey(base64(mixed))).toThrow('its public half belongs to another key');
  });

  it('refuses keys for which anybody can sign', () => {
    const ends = ['00', '01', 'ec', 'ed', 'ee'].map((first) => first + (first < 'e' ? '00' : 'ff').repeat(30));
    const points = [
      ...ends.map((start) => start + (start < 'e' ? '00' : '7f')),
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ];
    // The neutral element and zero: good for one message of eight at the least.
    const forged = Buffer.from(`01${'00'.repeat(63)}`, 'hex');
    const isFooled = (point: string): boolean => {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(point, 'hex').toString('base64url') };
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      return Array.from({ length: 300 }, (_, i) => verify(null, Buffer.from(`${i}`), key, forged)).includes(true);
    };
    // Newer versions of Node refuse such keys themselves: all of them, or none.
    const neutral = `01${'00'.repeat(31)}`;
    const taken = isFooled(neutral);
    for (const point of points) {
      expect(isFooled(point), point).toBe(taken);
      const bytes = Buffer.from(point, 'hex');
      for (const sign of [0, 0x80]) {
        bytes[31] = (bytes[31] as number) ^ sign;
        expect(() => ed25519.publicKey(base64(bytes)), point).toThrow('anybody can sign for it');
      }
    }
  });

  it('takes base64 with line ends in it', () => {
    const [{ secretKey }] = ed25519Pairs;
    expect(ed25519.secretKey(`${secretKey.slice(0, 76)}\n${secretKey.slice(76)}\n`).publicKey.id).toHaveLength(64);
  });

  it('has only signatures of 64 bytes', () => {
    expect(ed25519.malformed(new Uint8Array(64))).toBeNull();
    expect(ed25519.malformed(new Uint8Array(63))).toBe('Ill-formed input: expected 64 bytes, got 63 bytes');
  });

  it('answers no with bytes that are no point of the curve', () => {
    for (let i = 0; i < 50; i++) {
      const key = ed25519.publicKey(base64(randomBytes(32)));
      expect(key.verify(bytesOf('data'), randomBytes(64))).toBe(false);
    }
  });
});

describe('spki', () => {
  it('refuses keys that do not sign', () => {
    const { publicKey, secretKey } = spkiPair('x25519');
    expect(() => spki.publicKey(publicKey)).toThrow('Invalid spki public key: keys of type x25519 do not sign');
    expect(() => spki.secretKey(secretKey)).toThrow('Invalid spki secret key: keys of type x25519 do not sign');
  });

  it('splits PEM files', () => {
    const [one, two] = [spkiPair('ed25519'), spkiPair('ec')];
    const file = `first\n${pem('PUBLIC KEY', one.publicKey)}second\r\n  ${pem('PUBLIC KEY', two.publicKey)}end`;
    expect(spki.splitKeyFile(bytesOf(file), 'public')).toEqual([one.publicKey, two.publicKey]);
    expect(spki.splitKeyFile(bytesOf(pem('PRIVATE KEY', one.secretKey)), 'secret')).toEqual([one.secretKey]);
    expect(spki.splitKeyFile(bytesOf('nothing'), 'public')).toEqual([]);
    const split = (text: string) => () => spki.splitKeyFile(bytesOf(text), 'public');
    expect(split(pem('PRIVATE KEY', one.secretKey))).toThrow('Unexpected label "PRIVATE KEY"');
    expect(split('-----BEGIN PUBLIC KEY-----\nAAAA\n')).toThrow('PEM trailer not found');
    expect(split('-----BEGIN PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----\n')).toThrow('Unmatched PEM header');
  });
});
