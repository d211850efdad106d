import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { accessLine, AccessLog } from '../serve/access-log.js';
import { listen, type TlsKeys, writePort } from '../serve/listen.js';
import { repoServer } from '../serve/repo-server.js';

function inRange(
  { args }: CommandContext,
  name: string,
  what: string,
  [low, high]: readonly [number, number],
): number | undefined {
  const value = args.integer(name);
  if (value === undefined || (value >= low && value <= high)) return value;
  throw new OstError('invalid-argument', `Invalid ${what} ${value}`);
}

function tlsKeys(context: CommandContext): TlsKeys | undefined {
  const [cert, key] = [context.args.string('tls-cert'), context.args.string('tls-key')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new OstError('invalid-argument', '--tls-cert and --tls-key need each other');
  }
  return { cert: fs.readFileSync(resolvePath(context, cert)), key: fs.readFileSync(resolvePath(context, key)) };
}

function accessLog(context: CommandContext): AccessLog | null {
  const { args, out } = context;
  const file = args.string('access-log');
  if (file === undefined) return null;
  if (file !== '-') return AccessLog.toFile(resolvePath(context, file));
  return new AccessLog((text) => {
    out.text(text);
    out.flush();
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** `serve`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out, err } = context;
  const repo = await openCommandRepo(context);
  const port = inRange(context, 'port', 'port', [0, 65_535]) ?? 0;
  const maxConnections = inRange(context, 'max-connections', 'number of connections', [1, 1 << 20]) ?? 256;
  const grace = inRange(context, 'grace', 'number of seconds', [0, 3600]) ?? 10;
  const tls = tlsKeys(context);
  if (repo.mode !== 'archive') {
    err.line(`warning: the repository has mode ${repo.mode}; only archive repositories can be pulled over HTTP`);
    err.flush();
  }
  const host = args.string('host') ?? '127.0.0.1';
  const log = accessLog(context);
  const handler = repoServer({
    root: repo.path,
    ...(log === null ? {} : { onServed: (request, answered) => log.add(accessLine(request, answered)) }),
  });
  const server = await listen(handler, { host, port, maxConnections, ...(tls === undefined ? {} : { tls }) });
  const portFile = args.string('port-file');
  if (portFile !== undefined) {
    const file = portFile === '-' ? portFile : resolvePath(context, portFile);
    writePort(file, server.port, (text) => out.text(text));
  }
  if (portFile !== '-') {
    const name = host.includes(':') ? `[${host}]` : host;
    out.line(`Serving ${repo.path} at ${tls === undefined ? 'http' : 'https'}://${name}:${server.port}/`);
  }
  out.flush();
  await untilAborted(io.signal);
  await server.close(grace * 1000);
  log?.close();
}
