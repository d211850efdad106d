import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignatureStatus } from '@ost/gpg';
import type { GnuPg } from './gnupg.js';

/** One situation and what must come of it. */
export interface Case {
  readonly name: string;
  readonly signatures: readonly Uint8Array[];
  readonly keyring: Uint8Array;
  readonly expected: readonly SignatureStatus[];
  /** Of the program that stands beside: it stops at the first bad signature. */
  readonly stopsAtBad?: boolean;
}

/** Makes keys of every kind in a home, and signatures over `data`. */
export function makeCases(gpg: GnuPg, data: Uint8Array): Case[] {
  gpg.generate('Good <good@example.org>', 'never');
  gpg.generate('With Sub (a comment) <sub@example.org>', 'never', 'never');
  gpg.generate('bare@example.org', 'never');
  gpg.generate('Later <later@example.org>', '2090-03-01', '2090-03-02');
  gpg.generate('Expired <expired@example.org>', '2025-03-01');
  gpg.generate('Sub Expired <subexpired@example.org>', 'never', '2025-03-01');
  gpg.generate('Primary Expired <primaryexpired@example.org>', '2025-03-01', 'never');
  gpg.generate('Revoked <revoked@example.org>', 'never');
  gpg.generate('Sub Revoked <subrevoked@example.org>', 'never', 'never');
  gpg.generate('Both <both@example.org>', '2025-03-01');
  gpg.generate('Unknown <unknown@example.org>', 'never');
  for (const [name, algorithm] of [
    ['RSA', 'rsa2048'],
    ['NIST', 'nistp256'],
  ]) {
    const make = ['--faked-system-time', '20250101T000000!', '--passphrase', '', '--pinentry-mode', 'loopback'];
    gpg.run([...make, '--quick-gen-key', `${name} <${name}@example.org>`, algorithm as string, 'sign', 'never']);
  }
  const sign = (key: string, ...options: string[]) => gpg.sign(`${key}@example.org`, data, ...options);
  const other = (key: string) => gpg.sign(`${key}@example.org`, Buffer.from('other bytes'));
  const made = Object.fromEntries(['revoked', 'subrevoked', 'both'].map((key) => [key, sign(key)])) as Record<
    string,
    Uint8Array
  >;
  for (const key of ['revoked', 'both']) {
    const [fingerprint] = gpg.fingerprints(`${key}@example.org`);
    const file = readFileSync(join(gpg.home, 'openpgp-revocs.d', `${fingerprint}.rev`), 'utf8');
    gpg.run(['--import'], file.replace(/^:-----BEGIN/m, '-----BEGIN'));
  }
  const [subrevoked] = gpg.fingerprints('subrevoked@example.org') as [string];
  execFileSync('gpg', ['--homedir', gpg.home, '--no-tty', '--command-fd', '0', '--edit-key', subrevoked], {
    input: 'key 1\nrevkey\ny\n0\n\ny\nsave\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const [good] = gpg.fingerprints('good@example.org') as [string];
  const keyring = gpg.export();
  const corrupt = Uint8Array.from(sign('RSA'));
  corrupt[corrupt.length - 5] = (corrupt[corrupt.length - 5] as number) ^ 1;
  const one = (name: string, signature: Uint8Array, status: SignatureStatus): Case => {
    return { name, signatures: [signature], keyring, expected: [status] };
  };
  return [
    one('good', sign('good'), 'valid'),
    one('subkey', sign('sub'), 'valid'),
    one('only a mail address', sign('bare'), 'valid'),
    one('expires later', sign('later', '--default-sig-expire', '2090-01-01'), 'valid'),
    one('RSA', sign('RSA'), 'valid'),
    one('ECDSA', sign('NIST'), 'valid'),
    one('SHA-1', sign('RSA', '--digest-algo', 'SHA1'), 'valid'),
    one('text mode', sign('good', '--textmode'), 'valid'),
    one('signature from the future', gpg.sign(good, data, '--faked-system-time', '20900101T000000!'), 'valid'),
    one('signature older than the key', signEarly(gpg, good, data), 'bad'),
    one('expired signature', sign('good', '--default-sig-expire', '1d'), 'expired-signature'),
    one('expired key', sign('expired'), 'expired-key'),
    one('expired subkey', sign('subexpired'), 'expired-key'),
    one('expired primary key', sign('primaryexpired'), 'expired-key'),
    one('expired signature of an expired key', sign('expired', '--default-sig-expire', '1d'), 'expired-signature'),
    one('revoked key', made.revoked as Uint8Array, 'revoked-key'),
    one('revoked subkey', made.subrevoked as Uint8Array, 'revoked-key'),
    one('revoked and expired key', made.both as Uint8Array, 'expired-key'),
    one('other data', other('good'), 'bad'),
    one('other data, subkey', other('sub'), 'bad'),
    one('other data, key with expiry', other('later'), 'bad'),
    one('damaged', corrupt, 'bad'),
    {
      name: 'missing',
      signatures: [sign('unknown'), sign('RSA')],
      keyring: gpg.export(good),
      expected: ['missing-key', 'missing-key'],
    },
    {
      name: 'several',
      signatures: [sign('good'), sign('expired'), sign('sub')],
      keyring,
      expected: ['valid', 'expired-key', 'valid'],
    },
    { name: 'good, then bad', signatures: [sign('good'), other('good')], keyring, expected: ['valid', 'bad'] },
    {
      name: 'bad, then good',
      signatures: [other('good'), sign('good')],
      keyring,
      expected: ['bad', 'valid'],
      stopsAtBad: true,
    },
  ];
}

function signEarly(gpg: GnuPg, key: string, data: Uint8Array): Uint8Array {
  const options = ['--faked-system-time', '20200101T000000!', '--ignore-time-conflict', '--ignore-valid-from'];
  return gpg.sign(key, data, ...options);
}
