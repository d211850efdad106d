import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** When the keys of the tests were made, and when they signed. */
export const MADE = '20250101T000000!';
export const SIGNED = '20250102T000000!';

/** A GnuPG home of its own. */
export class GnuPg {
  // Short, because the agent's socket lies in it.
  readonly home: string = mkdtempSync(join(tmpdir(), 'og-'));

  run(args: readonly string[], input: Uint8Array | string = ''): Buffer {
    return execFileSync('gpg', ['--homedir', this.home, '--batch', '--quiet', '--no-tty', '--yes', ...args], {
      input,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  }

  /** Makes an Ed25519 key at {@link MADE}, on request with a signing subkey. */
  generate(userId: string, expiry: string, subkeyExpiry?: string): void {
    const make = ['--faked-system-time', MADE, '--passphrase', '', '--pinentry-mode', 'loopback'];
    this.run([...make, '--quick-gen-key', userId, 'ed25519', 'sign', expiry]);
    if (subkeyExpiry !== undefined) {
      this.run([...make, '--quick-add-key', this.fingerprints(userId)[0] as string, 'ed25519', 'sign', subkeyExpiry]);
    }
  }

  /** Of the primary key, then of the subkeys. */
  fingerprints(key: string): string[] {
    const lines = this.run(['--list-keys', '--with-colons', key]).toString().split('\n');
    return lines.filter((line) => line.startsWith('fpr')).map((line) => line.split(':')[9] as string);
  }

  sign(key: string, data: Uint8Array, ...options: string[]): Uint8Array {
    return this.run(['--faked-system-time', SIGNED, ...options, '--detach-sign', '-u', key], data);
  }

  export(...keys: string[]): Uint8Array {
    return this.run(['--export', ...keys]);
  }

  remove(): void {
    execFileSync('gpgconf', ['--homedir', this.home, '--kill', 'all']);
    rmSync(this.home, { recursive: true, force: true });
  }
}
