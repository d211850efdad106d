import { variant } from '@ost/gvariant';
import type { Metadata } from '@ost/objects';
import {
  addSignatures,
  ed25519,
  removeSignatures,
  SIGN_LIMITS,
  signatureEngine,
  signaturesOf,
  spki,
  verifySignatures,
} from '@ost/sign';
import { describe, expect, it } from 'vitest';
import { bytesOf, ed25519Pairs, spkiPair } from './keys.js';

const data = bytesOf('a commit');
const [one, two] = ed25519Pairs.map(({ publicKey, secretKey }) => ({
  public: ed25519.publicKey(publicKey),
  secret: ed25519.secretKey(secretKey),
})) as [Pair, Pair];
interface Pair {
  readonly public: ReturnType<typeof ed25519.publicKey>;
  readonly secret: ReturnType<typeof ed25519.secretKey>;
}
const good = one.secret.sign(data);
const foreign = two.secret.sign(data);
const garbage = new Uint8Array(64).fill(7);
const short = new Uint8Array(10);

const judge = (signatures: Uint8Array[] | undefined, trusted = [one.public], revoked: Pair['public'][] = []) =>
  verifySignatures(ed25519, { trusted, revoked }, data, signatures);

describe('verifySignatures', () => {
  it('is content with one good signature, wherever it stands', () => {
    const expected = {
      engine: 'ed25519',
      valid: true,
      reason: 'good',
      key: one.public.id,
      message: `ed25519: Signature verified successfully with key '${one.public.id}'`,
    };
    for (const signatures of [[good], [garbage, good], [good, garbage], [short, foreign, good, short]]) {
      expect(judge(signatures)).toEqual(expected);
      expect(judge(signatures, [two.public, one.public]).valid).toBe(true);
    }
  });

  it('says why none is good', () => {
    expect(judge(undefined)).toMatchObject({
      reason: 'absent',
      message: 'ed25519: commit have no signatures of my type',
    });
    expect(judge([])).toMatchObject({ reason: 'empty', message: 'ed25519: no signatures found' });
    expect(judge([good], [])).toMatchObject({ reason: 'no-keys', message: 'signature: ed25519: no keys loaded' });
    expect(judge([short])).toMatchObject({
      valid: false,
      reason: 'malformed',
      message: 'ed25519: Invalid signature: Ill-formed input: expected 64 bytes, got 10 bytes',
    });
    expect(judge([foreign, garbage])).toEqual({
      engine: 'ed25519',
      valid: false,
      reason: 'wrong',
      key: null,
      message: `ed25519: Signature couldn't be verified with: key '${one.public.id}'; key '${one.public.id}'`,
    });
    expect(judge([garbage, garbage], [one.public, two.public]).message).toBe(
      "ed25519: Signature couldn't be verified; tried 4 keys",
    );
    expect(verifySignatures(ed25519, { trusted: [one.public], revoked: [] }, bytesOf('other'), [good]).valid).toBe(
      false,
    );
  });

  it('never counts what a revoked key has signed', () => {
    const message = `ed25519: Signature was made with the revoked key '${one.public.id}'`;
    const expected = { valid: false, reason: 'revoked', key: one.public.id, message };
    expect(judge([good], [one.public], [one.public])).toMatchObject(expected);
    expect(judge([good], [two.public], [one.public])).toMatchObject(expected);
    expect(judge([good, foreign], [one.public, two.public], [one.public])).toMatchObject({
      valid: true,
      key: two.public.id,
    });
    expect(judge([good], [one.public, two.public], [two.public]).valid).toBe(true);
    expect(judge([garbage], [one.public], [one.public])).toMatchObject({ reason: 'no-keys' });
  });

  it('knows a revoked key in another encoding', () => {
    const { publicKey, secretKey } = spkiPair('rsa');
    const known = spki.publicKey(publicKey);
    const signature = spki.secretKey(secretKey).sign(data);
    const renamed = { ...known, id: 'another' };
    expect(verifySignatures(spki, { trusted: [known], revoked: [renamed] }, data, [signature]).reason).toBe('revoked');
  });

  it('does not look at endless lists', () => {
    const many = new Array<Uint8Array>(SIGN_LIMITS.signatures).fill(garbage);
    expect(judge(many).reason).toBe('wrong');
    expect(() => judge([...many, good])).toThrow(expect.objectContaining({ code: 'limit' }));
  });

  it('has the dummy engine in words of its own', () => {
    const dummy = signatureEngine('dummy', { OSTREE_DUMMY_SIGN_ENABLED: '1' });
    const keys = { trusted: [dummy.publicKey('key')], revoked: [] };
    const said = (signatures?: Uint8Array[]) => verifySignatures(dummy, keys, data, signatures).message;
    expect(said([bytesOf('key')])).toBe('dummy: Signature verified');
    expect(said()).toBe('signature: dummy: commit have no signatures of my type');
    expect(said([])).toBe('signature: dummy: no signatures');
    expect(said([bytesOf('no'), bytesOf('keys')])).toBe('signature: dummy: incorrect signatures found: 2');
  });
});

describe('a dictionary of signatures', () => {
  const other: Metadata = [['ostree.gpgsigs', variant('aay', [bytesOf('gpg')])]];

  it('keeps what else is in it', () => {
    const signed = addSignatures(ed25519, [one.secret], data, other);
    expect(signaturesOf(ed25519, signed)).toEqual([good]);
    expect(new Map(signed).get('ostree.gpgsigs')).toEqual(other[0]?.[1]);
    const { metadata, removed } = removeSignatures(ed25519, [one.public], data, signed);
    expect(removed).toBe(1);
    expect(metadata).toEqual(other);
  });

  it('grows by keys that have not signed yet', () => {
    const once = addSignatures(ed25519, [one.secret, one.secret], data, []);
    const twice = addSignatures(ed25519, [two.secret, one.secret], data, once);
    expect(signaturesOf(ed25519, twice)).toEqual([good, foreign]);
    expect(addSignatures(ed25519, [], data, [])).toEqual([]);
  });

  it('loses the signatures of some keys only', () => {
    const signed = addSignatures(ed25519, [one.secret, two.secret], data, []);
    expect(signaturesOf(ed25519, removeSignatures(ed25519, [one.public], data, signed).metadata)).toEqual([foreign]);
    expect(removeSignatures(ed25519, [one.public], bytesOf('other'), signed)).toEqual({ metadata: signed, removed: 0 });
    expect(removeSignatures(ed25519, [one.public], data, []).removed).toBe(0);
  });

  it('may hold what is no list of signatures', () => {
    const strange: Metadata = [['ostree.sign.ed25519', variant('s', 'text')]];
    expect(() => signaturesOf(ed25519, strange)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });
});
