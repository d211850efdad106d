import type { RequestListener } from 'node:http';
import { requestPath, type Served, serveFile } from './static-files.js';

/**
 * What of a repository the world may see: not its lock, its temporary files, its keyrings nor its cookies. `summary.idx`
 * and `summaries` are what flatpak adds to its own.
 */
const PUBLISHED =
  /^(?:config|summary(?:\.idx)?(?:\.sig)?|(?:objects|refs|deltas|delta-indexes|extensions|summaries)\/.+)$/;
/** Objects are named by their content; whoever has one has it for ever. */
const IMMUTABLE = /^objects\/[0-9a-f]{2}\/[0-9a-f]{62}\.(?:commit|dirtree|dirmeta|filez?)$/;

/**
 * How long caches may keep a file of a repository: objects for good. Everything else, signatures and deltas among it, can
 * be replaced under its name, so caches ask each time whether theirs is current.
 */
export function cacheControl(path: string): string {
  return IMMUTABLE.test(path) ? 'public, max-age=31536000, immutable' : 'public, no-cache';
}

/** A request that has been answered. */
export interface Answered extends Served {
  /** Address of the client. */
  readonly client: string;
}

/** Options of {@link repoServer}. */
export interface RepoServerOptions {
  /** The repository's directory. */
  readonly root: string;
  /** Called when a request has been answered. */
  readonly onServed?: (request: Parameters<RequestListener>[0], answered: Answered) => void;
}

/** Serves a repository: what clients need, and nothing else that lies there. */
export function repoServer({ root, onServed }: RepoServerOptions): RequestListener {
  return (request, response) => {
    const path = requestPath(request.url ?? '') ?? '';
    // A connection that has ended no longer knows.
    const client = request.socket.remoteAddress ?? '-';
    if (!PUBLISHED.test(path)) {
      response.writeHead(404, { 'content-length': '0', 'cache-control': 'no-store' });
      response.end();
      onServed?.(request, { status: 404, length: 0, client });
      return;
    }
    serveFile(root, request, response, { cacheControl: cacheControl(path) }).then(
      (served) => onServed?.(request, { ...served, client }),
      () => response.destroy(),
    );
  };
}
