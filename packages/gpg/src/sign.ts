import { spawn } from 'node:child_process';
import { OstError } from '@ost/objects';
import { concat } from './packets.js';

/** Options of {@link signDetached}. */
export interface SignOptions {
  /**
   * GnuPG's home directory.
   * @default GnuPG's own choice
   */
  readonly homedir?: string;
  /**
   * The program to run.
   * @default 'gpg'
   */
  readonly program?: string;
  /** Ends the program. */
  readonly signal?: AbortSignal;
}

/**
 * Makes one binary detached signature with the user's GnuPG and its agent, so that secret keys stay where they are.
 * `keyId` is whatever GnuPG takes for a key: a fingerprint, a key ID, a mail address.
 *
 * @example
 * ```ts
 * const signature = await signDetached(commitBytes, 'D8228CFECA950D41', { homedir: '/root/.gnupg' });
 * ```
 */
export async function signDetached(data: Uint8Array, keyId: string, options: SignOptions = {}): Promise<Uint8Array> {
  const { homedir, program = 'gpg', signal } = options;
  const args = ['--batch', '--no-tty', '--no-armor', '--status-fd', '2', '--local-user', keyId, '--detach-sign'];
  if (homedir !== undefined) args.unshift('--homedir', homedir);
  const { output, log, code } = await run(program, args, data, signal);
  if (code === 0 && output.length > 0) return output;
  if (/^\[GNUPG:\] (?:INV_SGNR|NO_SECKEY)/m.test(log)) {
    const message = `No gpg key found with ID ${keyId} (homedir: ${homedir ?? '<default>'})`;
    throw new OstError('not-found', message, { data: { keyId, log } });
  }
  const reason = log
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('[GNUPG:]'))
    .at(-1);
  throw new OstError('signature', `Failed to sign: ${reason ?? `${program} ended with ${code}`}`, {
    data: { keyId, log },
  });
}

function run(
  program: string,
  args: readonly string[],
  input: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<{ output: Uint8Array; log: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe', signal });
    const output: Uint8Array[] = [];
    const log: Uint8Array[] = [];
    child.stdout.on('data', (chunk: Uint8Array) => output.push(chunk));
    child.stderr.on('data', (chunk: Uint8Array) => log.push(chunk));
    child.on('error', (cause) => {
      if (signal?.aborted) reject(new OstError('aborted', 'Signing was aborted', { cause }));
      else reject(new OstError('io', `Cannot run ${program}: ${cause.message}`, { cause }));
    });
    child.on('close', (code) => {
      resolve({ output: concat(output), log: new TextDecoder().decode(concat(log)), code });
    });
    // The program may end before it has read everything; its exit status tells.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
