import { OstError } from '@ost/objects';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { close, listen, writePort } from '../serve/listen.js';
import { requestPath, serveFile } from '../serve/static-files.js';

/** What of a repository the world may see: not its lock, its temporary files, its keyrings nor its cookies. */
const published = /^(?:config|summary|summary\.sig|(?:objects|refs|deltas|delta-indexes|extensions)\/.+)$/;

/** `serve`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out, err } = context;
  const repo = await openCommandRepo(context);
  const port = args.integer('port') ?? 0;
  const connections = args.integer('max-connections') ?? 256;
  if (port < 0 || port > 65535) throw new OstError('invalid-argument', `Invalid port ${port}`);
  if (connections < 1) throw new OstError('invalid-argument', `Invalid number of connections ${connections}`);
  if (repo.mode !== 'archive') {
    err.line(`warning: the repository has mode ${repo.mode}; only archive repositories can be pulled over HTTP`);
    err.flush();
  }
  const host = args.string('host') ?? '127.0.0.1';
  const { server, port: actual } = await listen(
    (request, response) => {
      if (!published.test(requestPath(request.url ?? '') ?? '')) {
        response.writeHead(404, { 'content-length': '0' });
        response.end();
        return;
      }
      serveFile(repo.path, request, response).catch(() => response.destroy());
    },
    { host, port, maxConnections: connections },
  );
  const portFile = args.string('port-file');
  if (portFile !== undefined) {
    const file = portFile === '-' ? portFile : resolvePath(context, portFile);
    writePort(file, actual, (text) => out.text(text));
  }
  if (portFile !== '-')
    out.line(`Serving ${repo.path} at http://${host.includes(':') ? `[${host}]` : host}:${actual}/`);
  out.flush();
  const { signal } = io;
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await close(server);
}
