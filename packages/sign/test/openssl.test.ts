import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ed25519, readPublicKeys, readSecretKeys, spki } from '@ost/sign';
import { afterAll, describe, expect, it } from 'vitest';

const present = spawnSync('openssl', ['version']).status === 0;
if (!present) console.log('skipped: the openssl program is not installed');
const place = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-openssl-'));
afterAll(() => fs.rmSync(place, { recursive: true }));

const at = (name: string): string => path.join(place, name);
function openssl(...args: string[]): { ok: boolean; stdout: Buffer } {
  const { status, stdout } = spawnSync('openssl', args, { cwd: place });
  return { ok: status === 0, stdout };
}
const data = Buffer.from('what is signed');
fs.writeFileSync(at('data'), data);

/** Keys that openssl has made, and their raw ends, as libostree's tests get them. */
function make(name: string, ...kind: string[]): { publicDer: Buffer; secretDer: Buffer } {
  openssl('genpkey', '-out', `${name}.pem`, ...kind);
  openssl('pkey', '-in', `${name}.pem`, '-pubout', '-out', `${name}.pub.pem`);
  return {
    publicDer: openssl('pkey', '-in', `${name}.pem`, '-pubout', '-outform', 'DER').stdout,
    secretDer: openssl('pkey', '-in', `${name}.pem`, '-outform', 'DER').stdout,
  };
}

describe.runIf(present)('the openssl program', () => {
  it('verifies our ed25519 signatures, and we verify its own', () => {
    const { publicDer, secretDer } = make('ed', '-algorithm', 'ed25519');
    const [raw, seed] = [publicDer.subarray(-32), secretDer.subarray(-32)];
    const secret = ed25519.secretKey(Buffer.concat([seed, raw]).toString('base64'));
    fs.writeFileSync(at('ours'), secret.sign(data));
    const verify = ['pkeyutl', '-verify', '-pubin', '-inkey', 'ed.pub.pem', '-rawin', '-in', 'data', '-sigfile'];
    expect(openssl(...verify, 'ours').ok).toBe(true);
    const { stdout } = openssl('pkeyutl', '-sign', '-inkey', 'ed.pem', '-rawin', '-in', 'data');
    expect(ed25519.publicKey(raw.toString('base64')).verify(data, stdout)).toBe(true);
    expect(stdout.equals(fs.readFileSync(at('ours')))).toBe(true);
  });

  it.each([
    { name: 'rsa', kind: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] },
    { name: 'ec', kind: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] },
  ])('verifies our $name signatures over SHA-256, and we verify its own', ({ name, kind }) => {
    make(name, ...kind);
    const [secret] = readSecretKeys(spki, at(`${name}.pem`));
    const [key] = readPublicKeys(spki, at(`${name}.pub.pem`));
    fs.writeFileSync(at('ours'), secret?.sign(data) ?? '');
    expect(openssl('dgst', '-sha256', '-verify', `${name}.pub.pem`, '-signature', 'ours', 'data').ok).toBe(true);
    const { stdout } = openssl('dgst', '-sha256', '-sign', `${name}.pem`, 'data');
    expect(key?.verify(data, stdout)).toBe(true);
    expect(key?.verify(Buffer.from('other'), stdout)).toBe(false);
  });

  it('has traditional forms of keys, which we read', () => {
    make('rsa1', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
    make('ec1', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256');
    for (const name of ['rsa1', 'ec1']) {
      const der = openssl('pkey', '-in', `${name}.pem`, '-traditional', '-outform', 'DER').stdout;
      const secret = spki.secretKey(der.toString('base64'));
      expect(secret.publicKey.verify(data, secret.sign(data))).toBe(true);
    }
  });
});
