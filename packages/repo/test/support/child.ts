import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from './commands.mjs';

const script = fileURLToPath(new URL('child.mjs', import.meta.url));
const killSwitch = new URL('kill-switch.mjs', import.meta.url).href;
const env: NodeJS.ProcessEnv = { ...process.env, OSTREE_SUPPRESS_SYNCFS: '1' };

/**
 * Runs a command in a process that is killed before its `at`-th change of the file system.
 * @returns false when it was killed, true when it came to its end first
 */
export function runKilledProcess(repo: string, command: Command, at: number): boolean {
  const args = ['--import', killSwitch, script, repo, JSON.stringify(command)];
  const result = spawnSync(process.execPath, args, { env: { ...env, KILL_AT: `${at}` }, encoding: 'utf8' });
  if (result.signal === 'SIGKILL') return false;
  if (result.status !== 0) throw new Error(result.stderr);
  return true;
}

/** Runs a command in a process of its own. */
export function runChild(repo: string, command: Command): Promise<void> {
  const child = spawn(process.execPath, [script, repo, JSON.stringify(command)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => (status === 0 ? resolve() : reject(new Error(`exit ${status}: ${errors}`))));
  });
}
