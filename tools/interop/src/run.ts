import { spawn, spawnSync } from 'node:child_process';
import type { Program } from './programs.js';

/** How a program is started. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** A user and group id to run as, instead of root. */
  readonly user?: number;
}

/** What a program did. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const INHERITED = ['PATH', 'HOME', 'TMPDIR'] as const;

/** The environment of every process: nothing of the caller's settings, so that runs are alike. */
export function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C.UTF-8', TZ: 'UTC', GIO_USE_VFS: 'local', GSETTINGS_BACKEND: 'memory' };
  for (const name of INHERITED) if (process.env[name] !== undefined) env[name] = process.env[name];
  return { ...env, ...extra };
}

/** The words that start `command` as another user. */
export const asUser = (user: number): readonly string[] => [
  'setpriv',
  `--reuid=${user}`,
  `--regid=${user}`,
  '--clear-groups',
  '--',
];

/** Runs any command to its end. */
export function execute(command: readonly string[], options: RunOptions = {}): Outcome {
  const [file = '', ...args] = options.user === undefined ? command : [...asUser(options.user), ...command];
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, {
    cwd: options.cwd,
    env: environment(options.env),
    input: options.input ?? '',
    maxBuffer: 1 << 28,
    timeout: 100_000,
    killSignal: 'SIGKILL',
  });
  if (error !== undefined && status === null && signal === null) throw error;
  return { code: status, signal, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

/** Runs a program; failing is allowed. */
export function attempt(program: Program, args: readonly string[], options: RunOptions = {}): Outcome {
  return execute([...program.command, ...args], options);
}

/** Like {@link attempt}, without waiting: many such processes run at the same time. */
export function attemptLater(program: Program, args: readonly string[]): Promise<Outcome> {
  const [file = '', ...before] = program.command;
  const child = spawn(file, [...before, ...args], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function fail(command: readonly string[], { code, signal, stdout, stderr }: Outcome): never {
  const how = signal ?? `exit ${code}`;
  throw new Error(`${command.map(quote).join(' ')}: ${how}\n${stderr.slice(-2000)}${stdout.slice(-1000)}`);
}

/** Runs a program that must succeed; its standard output. */
export function run(program: Program, args: readonly string[], options: RunOptions = {}): string {
  return sh([...program.command, ...args], options);
}

/** Runs any command that must succeed; its standard output. */
export function sh(command: readonly string[], options: RunOptions = {}): string {
  const outcome = execute(command, options);
  if (outcome.code !== 0) fail(command, outcome);
  return outcome.stdout;
}
