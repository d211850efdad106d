import { spawn } from 'node:child_process';

/**
 * Runs a command and gives back what it printed; a failure carries that in its message.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, timeout?: number }} options
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd, timeout = 300_000 }) {
  // The environment of `npm run` tells npm about this workspace; a stranger's folder knows nothing of it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|pnpm_|OST_)/i.test(name)));
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(' ')}: ${signal ?? `exit ${code}`}\n${output.trimEnd()}`));
    });
  });
}
