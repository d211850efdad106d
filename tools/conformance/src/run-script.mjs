import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NOBODY, scriptFile } from './stage.mjs';
import { readTap } from './tap.mjs';

/** @typedef {import('./options.mjs').Who} Who */
/** @typedef {import('./stage.mjs').Stage} Stage */

/** @param {Stage} stage @param {string} home @param {boolean} isRoot */
function environment(stage, home, isRoot) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(OSTREE_|OST_|XDG_|npm_|NODE_|G_|GNUPG|GPG_)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: `${stage.bin}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    G_TEST_SRCDIR: stage.tests,
    G_TEST_BUILDDIR: stage.tests,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    // The tests whose course is random are the ones that a client can fail by giving up too soon.
    OSTREE_TEST_ALLOW_RANDOM: '1',
    // Who is root already needs no sudo for the scripts that ask for it.
    ...(isRoot ? { OSTREE_TEST_SUDO: '1' } : {}),
  };
}

/** Ends what a script left behind: servers that it started work inside its folder. @param {string} dir */
function endLeftovers(dir) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
      if (cwd === dir || cwd.startsWith(`${dir}/`)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself meanwhile, or is no process of ours.
    }
  }
}

/**
 * Runs one script in an empty folder of its own.
 *
 * @param {Stage} stage
 * @param {string} script
 * @param {Who} who
 * @param {{ timeout: number, log: string }} options
 * @returns {Promise<import('./tap.mjs').Outcome & { seconds: number }>}
 */
export async function runScript(stage, script, who, options) {
  const box = await mkdtemp(join(stage.base, `${script}-${who}-`));
  const dir = join(box, 'test');
  const home = join(box, 'home');
  const drop = who === 'user' && process.getuid?.() === 0;
  await chmod(box, 0o755);
  for (const path of [dir, home]) {
    await mkdir(path, { mode: 0o755 });
    if (drop) await chown(path, NOBODY, NOBODY);
  }
  const command = [scriptFile(stage, script) ?? script];
  if (drop) command.unshift('setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups');
  const [program = '', ...args] = command;
  const started = performance.now();
  const exit = await new Promise((done) => {
    const log = createWriteStream(options.log);
    const child = spawn(program, args, {
      cwd: dir,
      env: environment(stage, home, !drop && process.getuid?.() === 0),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, options.timeout);
    child.on('exit', () => {
      clearTimeout(timer);
      endLeftovers(dir);
      // A server that outlives its script would hold the pipes open.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 1000).unref();
    });
    child.on('close', (code, signal) => log.end(() => done(late ? 'timed out' : (code ?? `ended by ${signal}`))));
  });
  const seconds = (performance.now() - started) / 1000;
  endLeftovers(dir);
  await rm(box, { recursive: true, force: true, maxRetries: 3 });
  return { ...readTap(readFileSync(options.log, 'utf8'), exit), seconds };
}
