import * as fs from 'node:fs';
import * as fsp from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as path from 'node:path';

/** What a request is answered with. */
export interface Served {
  readonly status: number;
  /** Bytes of the body that were meant to be sent. */
  readonly length: number;
}

/** A file that may be served. */
interface Found {
  readonly handle: fsp.FileHandle;
  readonly stat: fs.Stats;
}

/** A part of a file, both ends included. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Options of {@link serveFile}. */
export interface ServeFileOptions {
  /** Follow symbolic links that lead out of the root. @default false */
  readonly followLinks?: boolean;
  /** The `Cache-Control` of the file; errors are never to be stored. */
  readonly cacheControl?: string;
  /** Send only the first half unless a range is asked for. @default false */
  readonly halfFirst?: boolean;
}

/** The decoded path of a request, or null when it is not one that a file can have. */
export function requestPath(url: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
  const segments = decoded.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (!decoded.startsWith('/') || decoded.includes('\0') || segments.includes('..')) return null;
  return segments.join('/');
}

async function open(root: string, relative: string, followLinks: boolean): Promise<Found | null> {
  try {
    const real = await fsp.realpath(path.join(root, relative));
    const base = await fsp.realpath(root);
    if (!followLinks && real !== base && !real.startsWith(`${base}/`)) return null;
    const handle = await fsp.open(real, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, stat };
    await handle.close();
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'].includes(code))
      return null;
    throw error;
  }
}

/** `undefined`: the whole file; `null`: a range that cannot be satisfied. Several ranges count as none. */
function parseRange(header: string | undefined, size: number): ByteRange | null | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') {
    const length = Number(match[2]);
    return length === 0 ? null : { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== '' && Number(match[2]) < start) return undefined;
  return start >= size ? null : { start, end };
}

function isNotModified(request: IncomingMessage, etag: string, modified: Date): boolean {
  const tags = request.headers['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  }
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && Math.floor(modified.getTime() / 1000) * 1000 <= since;
}

function finish(response: ServerResponse, status: number, headers: Record<string, string> = {}): Served {
  response.writeHead(status, { 'content-length': '0', 'cache-control': 'no-store', ...headers });
  response.end();
  return { status, length: 0 };
}

/** A range counts only if the file is still the one that the client knows. */
function wantedRange(
  request: IncomingMessage,
  etag: string,
  modified: Date,
  size: number,
): ReturnType<typeof parseRange> {
  const condition = request.headers['if-range'];
  const tag = typeof condition === 'string' ? condition : '';
  if (tag !== '' && tag !== etag && Date.parse(tag) !== Math.floor(modified.getTime() / 1000) * 1000) {
    return undefined;
  }
  return parseRange(request.headers.range, size);
}

/**
 * Answers a request for a file below a directory: whole or a range of it, with an entity tag and a date, and 304 when the
 * client has it. Nothing outside the directory is served.
 */
export async function serveFile(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeFileOptions = {},
): Promise<Served> {
  const client = { gone: false };
  response.once('close', () => {
    client.gone = true;
  });
  if (request.method !== 'GET' && request.method !== 'HEAD') return finish(response, 405, { allow: 'GET, HEAD' });
  const relative = requestPath(request.url ?? '');
  if (relative === null) return finish(response, 400);
  const found = await open(root, relative, options.followLinks ?? false);
  if (found === null) return finish(response, 404);
  const { handle, stat } = found;
  try {
    const etag = `"${stat.ino.toString(36)}-${stat.size.toString(36)}-${Math.round(stat.mtimeMs * 1000).toString(36)}"`;
    const headers = {
      etag,
      'last-modified': stat.mtime.toUTCString(),
      'accept-ranges': 'bytes',
      ...(options.cacheControl === undefined ? {} : { 'cache-control': options.cacheControl }),
    };
    if (isNotModified(request, etag, stat.mtime)) {
      response.writeHead(304, headers);
      response.end();
      return { status: 304, length: 0 };
    }
    let range = wantedRange(request, etag, stat.mtime, stat.size);
    if (range === null) return finish(response, 416, { etag, 'content-range': `bytes */${stat.size}` });
    // For tests of clients: a first answer that stops halfway, as a broken connection would.
    if (range === undefined && options.halfFirst === true && stat.size > 1)
      range = { start: 0, end: Math.ceil(stat.size / 2) - 1 };
    return await send(request, response, handle, { size: stat.size, range, headers, client });
  } finally {
    await handle.close();
  }
}

interface Body {
  readonly size: number;
  readonly range: ByteRange | undefined;
  readonly headers: Record<string, string>;
  /** Tells when there is nobody left to read. */
  readonly client: { readonly gone: boolean };
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  handle: fsp.FileHandle,
  { size, range, headers, client }: Body,
): Promise<Served> {
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = end - start + 1;
  const status = range === undefined ? 200 : 206;
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/octet-stream',
    'content-length': String(length),
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || length === 0) {
    response.end();
    return { status, length: 0 };
  }
  const buffer = Buffer.allocUnsafe(Math.min(length, 1 << 16));
  for (let at = start; at <= end; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at + 1), at);
    // The file became shorter than what was promised: the client must not take this for all of it.
    if (bytesRead === 0 || client.gone) {
      response.destroy();
      return { status, length: at - start };
    }
    at += bytesRead;
    const data = Buffer.from(buffer.subarray(0, bytesRead));
    // The end goes with the last bytes.
    if (at > end) response.end(data);
    else await write(response, data);
  }
  return { status, length };
}

/** Writes and waits until there is room for more, or nobody left to read it. */
function write(response: ServerResponse, data: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (response.write(data)) {
      resolve();
      return;
    }
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
