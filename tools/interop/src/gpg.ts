import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute, sh } from './run.js';

/** A key of this run. */
export interface SigningKey {
  readonly home: string;
  readonly id: string;
  /** File with the public key. */
  readonly publicKey: string;
}

/** Whether keys can be made. */
export const hasGpg = execute(['sh', '-c', 'command -v gpg']).code === 0;

/** Makes a key in a GNUPGHOME of its own; the path must be short, as sockets are made in it. */
export function makeKey(home: string, name: string): SigningKey {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const env = { GNUPGHOME: home };
  const spec = [
    'Key-Type: EDDSA',
    'Key-Curve: ed25519',
    `Name-Real: ${name}`,
    'Expire-Date: 0',
    '%no-protection',
    '%commit',
  ];
  writeFileSync(join(home, 'spec'), `${spec.join('\n')}\n`);
  sh(['gpg', '--batch', '--quiet', '--gen-key', join(home, 'spec')], { env });
  const listed = sh(['gpg', '--list-secret-keys', '--with-colons'], { env });
  const id = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '';
  const publicKey = join(home, 'public.asc');
  writeFileSync(publicKey, sh(['gpg', '--armor', '--export', id], { env }));
  execute(['gpgconf', '--kill', 'gpg-agent'], { env });
  return { home, id, publicKey };
}
