import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { type CommandContext, resolvePath } from '../context.js';
import { splitPair } from '../lib/key-values.js';
import { listen, writePort } from '../serve/listen.js';
import { type TestServerOptions, testServer, watchDirectory } from '../serve/test-server.js';

function percentage(context: CommandContext, name: 'random-500s' | 'random-408s'): number {
  const value = context.args.integer(name) ?? 0;
  if (value < 0 || value > 99) throw new OstError('invalid-argument', `Invalid --${name}=${value}`);
  return value;
}

function logger(context: CommandContext): (line: string) => void {
  const file = context.args.string('log-file');
  if (file === undefined) return () => undefined;
  if (file === '-') {
    return (line) => {
      context.out.line(line);
      context.out.flush();
    };
  }
  const fd = fs.openSync(resolvePath(context, file), 'w');
  return (line) => void fs.writeSync(fd, `${line}\n`);
}

function serverOptions(context: CommandContext, root: string): TestServerOptions {
  const { args } = context;
  const pairs = (name: string): [string, string][] =>
    args.list(name).map((pair) => splitPair(pair, `Missing '=' in --${name}=${pair}`));
  return {
    root,
    forceRangeRequests: args.flag('force-range-requests'),
    requireBasicAuth: args.flag('require-basic-auth'),
    faults: [
      { status: 500, percentage: percentage(context, 'random-500s'), max: args.integer('random-500s-max') ?? 100 },
      { status: 408, percentage: percentage(context, 'random-408s'), max: args.integer('random-408s-max') ?? 100 },
    ],
    expectedCookies: pairs('expected-cookies'),
    expectedHeaders: pairs('expected-header'),
    log: logger(context),
  };
}

/**
 * Starts the same command again, in the background, and waits until it says that it is ready. What it would print
 * before that is its error.
 */
function daemonize(context: CommandContext): Promise<void> {
  const argv = process.argv.slice(1).filter((arg) => arg !== '--daemonize' && arg !== '-d');
  const child = spawn(process.execPath, [...process.execArgv, ...argv, '--started-by-daemonize'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    cwd: context.io.cwd,
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('exit', () =>
      reject(new OstError('state', errors.replace(/^error: /, '').trim() || 'The server ended early')),
    );
    child.once('message', () => {
      child.removeAllListeners('exit');
      child.stderr?.destroy();
      child.disconnect();
      child.unref();
      resolve();
    });
  });
}

/** `trivial-httpd [DIR]`: a web server for tests. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  if (args.flag('daemonize')) return daemonize(context);
  const root = resolvePath(context, args.positionals[0] ?? '.');
  const options = serverOptions(context, root);
  const server = await listen(testServer(options), { host: '127.0.0.1', port: args.integer('port') ?? 0 });
  const portFile = args.string('port-file');
  if (portFile !== undefined) {
    const file = portFile === '-' ? portFile : resolvePath(context, portFile);
    writePort(file, server.port, (text) => out.text(text));
  }
  options.log(`serving at root ${root}`);
  out.flush();
  if (args.flag('started-by-daemonize')) {
    process.send?.('ready');
    process.disconnect?.();
  }
  await new Promise<void>((resolve) => {
    if (args.flag('autoexit')) watchDirectory(root, resolve);
  });
  await server.close(0);
}
