import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  ed25519,
  readPublicKeys,
  readRevokedKeys,
  readSecretKeys,
  readTrustedKeys,
  SIGN_LIMITS,
  spki,
} from '@ost/sign';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ed25519Pairs, pem, spkiPair } from './keys.js';

let place: string;
beforeEach(() => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-sign-'));
});
afterEach(() => fs.rmSync(place, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = path.join(place, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
};
const [one, two] = ed25519Pairs;
const id = ({ publicKey }: { publicKey: string }): string => ed25519.publicKey(publicKey).id;
const ids = (keys: { id: string }[]): string[] => keys.map((key) => key.id);

describe('key files', () => {
  it('hold a key in each line', () => {
    const file = write('keys', `${one.publicKey}\n\n  ${two.publicKey} \r\n`);
    expect(ids(readPublicKeys(ed25519, file))).toEqual([id(one), id(two)]);
    const secret = write('secret', `${two.secretKey}\n${one.secretKey}`);
    expect(readSecretKeys(ed25519, secret).map(({ publicKey }) => publicKey.id)).toEqual([id(two), id(one)]);
  });

  it.each([ed25519, spki])('are made by $name', (engine) => {
    const { publicFile, secretFile } = engine.generate();
    const [key] = readPublicKeys(engine, write('new.public', publicFile));
    const [secret] = readSecretKeys(engine, write('new.secret', secretFile));
    expect(secret?.publicKey.id).toBe(key?.id);
    expect(engine.generate().publicFile).not.toBe(publicFile);
  });

  it('hold blocks of PEM', () => {
    const [first, second] = [spkiPair('ed25519'), spkiPair('rsa')];
    const file = write('keys.pem', pem('PUBLIC KEY', first.publicKey) + pem('PUBLIC KEY', second.publicKey));
    expect(readPublicKeys(spki, file)).toHaveLength(2);
    expect(readSecretKeys(spki, write('secret.pem', pem('PRIVATE KEY', first.secretKey)))).toHaveLength(1);
    expect(() => readPublicKeys(spki, write('ed', `${one.publicKey}\n`))).toThrow('no valid keys in file');
    expect(() => readPublicKeys(spki, write('bad.pem', '-----BEGIN PUBLIC KEY-----\n'))).toThrow(
      /^Key file '.*bad\.pem': PEM trailer not found$/,
    );
  });

  it('may hold malformed public keys beside a good one', () => {
    const mixed = write('mixed', `AAAA\n!!\n${one.publicKey}\n${one.secretKey}\n`);
    expect(ids(readPublicKeys(ed25519, mixed))).toEqual([id(one)]);
    for (const [name, text] of Object.entries({ empty: '', blank: '\n\n', bad: 'AAAA\n', secret: one.secretKey })) {
      const file = write(name, text);
      expect(() => readPublicKeys(ed25519, file)).toThrow(`signature: ed25519: no valid keys in file '${file}'`);
    }
  });

  it('must not hold malformed secret keys', () => {
    const file = write('secret', `${one.secretKey}\n${two.publicKey}\n`);
    expect(() => readSecretKeys(ed25519, file)).toThrow(/^Key file '.*secret': Invalid ed25519 secret key: Ill-formed/);
    expect(() => readSecretKeys(ed25519, write('none', ''))).toThrow('no valid keys in file');
  });

  it('are regular files of a sensible size', () => {
    expect(() => readPublicKeys(ed25519, place)).toThrow(`File object '${place}' is not a regular file`);
    expect(() => readPublicKeys(ed25519, path.join(place, 'absent'))).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
    const fifo = path.join(place, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(() => readPublicKeys(ed25519, fifo)).toThrow('is not a regular file');
    const large = write('large', `${one.publicKey}\n`);
    fs.truncateSync(large, SIGN_LIMITS.keyFile + 1);
    expect(() => readPublicKeys(ed25519, large)).toThrow(expect.objectContaining({ code: 'limit' }));
  });
});

describe('key directories', () => {
  it('are read in their order: the file, then those in the directory', () => {
    write('a/trusted.ed25519', one.publicKey);
    write('b/trusted.ed25519.d/x', two.publicKey);
    write('b/trusted.ed25519.d/README', 'About these keys\n');
    write('b/trusted.ed25519.d/old/deep', one.publicKey);
    write('b/trusted.spki.d/y.pem', pem('PUBLIC KEY', spkiPair('ed25519').publicKey));
    const places = ['a', 'b', 'none'].map((name) => path.join(place, name));
    expect(ids(readTrustedKeys(ed25519, places))).toEqual([id(one), id(two)]);
    expect(readTrustedKeys(spki, places)).toHaveLength(1);
    expect(readRevokedKeys(ed25519, places)).toEqual([]);
  });

  it('must have lists of revoked keys that can be read as a whole', () => {
    write('revoked.ed25519.d/one', `${one.publicKey}\n`);
    expect(ids(readRevokedKeys(ed25519, [place]))).toEqual([id(one)]);
    const file = write('revoked.ed25519', `${two.publicKey}\n${one.publicKey.slice(1)}\n`);
    expect(() => readRevokedKeys(ed25519, [place])).toThrow(
      expect.objectContaining({ code: 'config', message: expect.stringContaining(`Revoked keys in '${file}': `) }),
    );
  });
});
