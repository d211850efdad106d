import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installStamp, readStamp, writeStamp } from './install-stamp.mjs';
import { jobs } from './jobs.mjs';
import { pinnedPnpm } from './pnpm.mjs';

const root = resolve(import.meta.dirname, '../..');

const ENV = {
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  // The root's own scripts come back here; a turbo that ran them would never end.
  OST_BOOTSTRAP: '1',
};

/** An npx outside of this one leaves its own command in the environment, where the next would take it up. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_config_(call|package|yes)$/i.test(name)),
);

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} the exit code
 */
function run(command, args, env = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...inherited, ...ENV, ...env },
      // A question would hang a run without a terminal, and nothing here has a question.
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.on('error', fail);
    child.on('close', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      done(signal === null ? (code ?? 1) : 128);
    });
  });
}

/** @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
const pnpm = (args, env) => run('npx', ['--yes', pinnedPnpm(root), ...args], env);

async function install() {
  const stamp = installStamp(root);
  if (existsSync(join(root, 'node_modules')) && readStamp(root) === stamp) return 0;
  const code = await pnpm(['install', '--frozen-lockfile'], { CI: 'true' });
  if (code === 0) writeStamp(root, stamp);
  return code;
}

/** @param {readonly string[]} args turbo finds the packages by asking pnpm, so pnpm runs it */
const turbo = (args) => pnpm(['exec', 'turbo', ...args]);

/** @param {readonly string[]} command */
function perform([program = '', ...args]) {
  if (program === 'turbo') return turbo(args);
  if (program === 'node') return run(process.execPath, args);
  return run(join(root, 'node_modules/.bin', program), args);
}

/**
 * @param {string[]} argv a job's name and its arguments
 * @returns {Promise<number>} the exit code
 */
export async function main([name = '', ...args]) {
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (job === undefined) {
    console.error(`Unknown job '${name}'; there are: ${Object.keys(jobs).join(', ')}`);
    return 2;
  }
  if (job.build && process.env['OST_BOOTSTRAP'] !== undefined) {
    console.error(`npm run ${name} was started from inside another root script; run it by itself`);
    return 2;
  }
  // A task runner that takes this workspace for one package would start this very script again, without end.
  if (process.env['OST_BOOTSTRAP'] !== undefined) {
    console.error(`npm run ${name} was started by npm run ${process.env['OST_BOOTSTRAP']}; is the workspace set up?`);
    return 1;
  }
  process.env['OST_BOOTSTRAP'] = name;
  const installed = await install();
  if (installed !== 0) return installed;
  if (job.build) {
    const built = await turbo(['run', 'build', '--output-logs=errors-only']);
    if (built !== 0) return built;
  }
  for (const command of job.commands(args)) {
    const code = await perform(command);
    if (code !== 0) return code;
  }
  return 0;
}
