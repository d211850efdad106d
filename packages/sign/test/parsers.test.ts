import { ed25519, signatureEngine, spki, verifySignatures } from '@ost/sign';
import { isOstError } from '@ost/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64, ed25519Pairs, pem } from './keys.js';

/** The value, or `refused` for the one error that a parser may throw. */
function attempt<T>(parse: () => T): T | 'refused' {
  try {
    return parse();
  } catch (error) {
    if (isOstError(error) && error.code === 'invalid-argument') return 'refused';
    throw error;
  }
}

const bytes = fc.uint8Array({ maxLength: 200 });
const pieces = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.constantFrom(
        '\n',
        '\r\n',
        '-----BEGIN PUBLIC KEY-----',
        '-----END PUBLIC KEY-----',
        '-----BEGIN X-----',
        '-----',
      ),
    ),
    { maxLength: 30 },
  )
  .map((list) => list.join('\n'));

describe('whatever it is', () => {
  it('a key is read or refused', () => {
    const texts = fc.oneof(fc.string(), bytes.map(base64), pieces);
    fc.assert(
      fc.property(texts, (text) => {
        for (const engine of [ed25519, spki]) {
          attempt(() => engine.publicKey(text));
          attempt(() => engine.secretKey(text));
        }
      }),
    );
  });

  it('a key of the right length has the bytes that it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        const read = attempt(() => ed25519.publicKey(base64(key)));
        if (read !== 'refused') expect(read.id).toBe(Buffer.from(key).toString('hex'));
      }),
    );
  });

  it('a key file is split or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          pieces.map((text) => new TextEncoder().encode(text)),
        ),
        (file) => {
          for (const engine of [ed25519, spki]) {
            for (const kind of ['public', 'secret'] as const) attempt(() => engine.splitKeyFile(file, kind));
          }
        },
      ),
    );
  });

  it('blocks of PEM come back between any lines', () => {
    const line = fc.string({ maxLength: 60 }).filter((text) => !text.includes('-----'));
    fc.assert(
      fc.property(fc.array(fc.tuple(line, bytes), { maxLength: 5 }), (list) => {
        const file = list.map(([text, body]) => `${text}\n${pem('PUBLIC KEY', base64(body))}`).join('');
        expect(spki.splitKeyFile(new TextEncoder().encode(file), 'public')).toEqual(
          list.map(([, body]) => base64(body)),
        );
      }),
    );
  });

  it('a signature is judged', () => {
    const dummy = signatureEngine('dummy', { OSTREE_DUMMY_SIGN_ENABLED: '1' });
    const [{ publicKey }] = ed25519Pairs;
    // The same key as SubjectPublicKeyInfo.
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'base64')]);
    const cases = [
      [ed25519, ed25519.publicKey(publicKey)],
      [spki, spki.publicKey(base64(der))],
      [dummy, dummy.publicKey('key')],
    ] as const;
    fc.assert(
      fc.property(bytes, fc.array(bytes, { maxLength: 5 }), (data, signatures) => {
        for (const [engine, key] of cases) {
          const { valid } = verifySignatures(engine, { trusted: [key], revoked: [] }, data, signatures);
          if (engine !== dummy) expect(valid).toBe(false);
        }
      }),
    );
  });
});
