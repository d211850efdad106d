import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { serveRofiles } from '@ost/rofiles';
import { type CommandContext, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';

/** Tells the process of its own that serves the mount which descriptor says that it is there. */
const READY_FD = 'OST_ROFILES_READY_FD';

/** `rofiles BASEPATH MOUNTPOINT`. Returns when the view is there; a process of its own serves it until it is unmounted. */
export async function run(context: CommandContext): Promise<number | void> {
  const { args } = context;
  const [base, mountPoint] = args.positionals;
  if (base === undefined) throw new UsageError('BASEPATH must be specified');
  if (mountPoint === undefined) throw new UsageError('MOUNTPOINT must be specified');
  const paths = [resolvePath(context, base), resolvePath(context, mountPoint)] as const;
  return args.flag('foreground') ? serve(context, paths) : detach(context, paths);
}

async function serve(context: CommandContext, [base, mountPoint]: readonly [string, string]): Promise<void> {
  const ready = context.io.env[READY_FD];
  // Modes of new files are what their makers asked for; and no directory is kept busy.
  process.umask(0);
  process.chdir('/');
  await serveRofiles(base, mountPoint, {
    copyUp: context.args.flag('copyup'),
    mountOptions: context.args.list('options'),
    signal: context.io.signal,
    onMounted: () => {
      if (ready === undefined) return;
      fs.writeSync(Number(ready), '\n');
      fs.closeSync(Number(ready));
    },
  });
}

/** Starts the serving process, and passes on what it says until the mount is there. */
async function detach({ args, io, err }: CommandContext, paths: readonly string[]): Promise<number> {
  const flags = [...(args.flag('copyup') ? ['--copyup'] : []), ...args.list('options').map((text) => `-o${text}`)];
  const script = process.argv[1] ?? '';
  const child = spawn(process.execPath, [...process.execArgv, script, 'rofiles', '-f', ...flags, '--', ...paths], {
    detached: true,
    cwd: '/',
    env: { ...io.env, [READY_FD]: '3' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [, , stderr, ready] = child.stdio;
  const said: string[] = [];
  stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const failed = once(child, 'close').then(([code]) => Number(code ?? 1));
  const code = await Promise.race([failed, once(ready as NodeJS.ReadableStream, 'data').then(() => 0)]);
  err.text(said.join(''));
  stderr?.destroy();
  (ready as NodeJS.ReadableStream & { destroy(): void }).destroy();
  child.unref();
  return code;
}
