import * as fs from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, ost, type Outcome, Place } from './support/ost.js';

const place = new Place();
const stop = new AbortController();
let server: Promise<Outcome>;
let repo: string;
let port: number;

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

function get(path: string, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

/** What a server answers to bytes that no well-behaved client sends. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.end(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

async function waitFor(file: string): Promise<number> {
  for (let i = 0; i < 3000 && !fs.existsSync(file); i++) await sleep(10);
  return Number(fs.readFileSync(file, 'utf8'));
}

beforeAll(async () => {
  repo = await place.repo();
  place.write('secret', 'secret\n');
  fs.symlinkSync('../../secret', `${repo}/objects/escape`);
  fs.writeFileSync(`${repo}/origin.trustedkeys.gpg`, 'keys');
  const argv = ['serve', `--repo=${repo}`, '--port=0', `--port-file=${place.at('port')}`];
  server = ost(argv, { signal: stop.signal });
  port = await waitFor(place.at('port'));
});
afterAll(async () => {
  stop.abort();
  const { code, stdout } = await server;
  place.remove();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Serving .*\/repo at http:\/\/127\.0\.0\.1:\d+\/\n$/);
});

describe('serve', () => {
  test('a file', async () => {
    const { status, headers, body } = await get('/config');
    expect(status).toBe(200);
    expect(body).toEqual(fs.readFileSync(`${repo}/config`));
    expect(headers).toMatchObject({ 'content-length': String(body.length), 'accept-ranges': 'bytes' });
  });

  test('says what caches may keep', async () => {
    const objects = fs.readdirSync(`${repo}/objects`, { recursive: true, encoding: 'utf8' });
    const object = objects.find((name) => name.endsWith('.filez'));
    expect((await get(`/objects/${object}`)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const name of ['config', 'refs/heads/main']) {
      expect((await get(`/${name}`)).headers['cache-control']).toBe('public, no-cache');
    }
    // An object that is missing now may be there tomorrow.
    expect((await get(`/objects/${object}x`)).headers['cache-control']).toBe('no-store');
    expect((await get('/summary.sig')).headers['cache-control']).toBe('no-store');
  });

  test('conditions', async () => {
    const { headers } = await get('/config');
    const { etag = '', 'last-modified': modified = '' } = headers;
    expect((await get('/config', { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await get('/config', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    expect((await get('/config', { headers: { 'if-modified-since': modified } })).status).toBe(304);
    const old = new Date(0).toUTCString();
    expect((await get('/config', { headers: { 'if-modified-since': old } })).status).toBe(200);
  });

  test.each([
    ['bytes=0-3', 206, '[cor'],
    ['bytes=1-', 206, undefined],
    ['bytes=-4', 206, undefined],
    ['bytes=3-1', 200, undefined],
    ['bytes=0-1,3-4', 200, undefined],
    ['bytes=99999-', 416, ''],
    ['bytes=-0', 416, ''],
    ['lines=1-2', 200, undefined],
  ])('range %s', async (range, expected, text) => {
    const { status, body, headers } = await get('/config', { headers: { range } });
    expect(status).toBe(expected);
    if (text !== undefined) expect(body.toString()).toBe(text);
    expect(headers['content-range'] !== undefined).toBe(expected !== 200);
  });

  test('a range of a file that has changed is the whole file', async () => {
    expect((await get('/config', { headers: { range: 'bytes=0-3', 'if-range': '"old"' } })).status).toBe(200);
  });

  test('HEAD', async () => {
    const { status, headers, body } = await get('/config', { method: 'HEAD' });
    expect([status, Number(headers['content-length']) > 0, body.length]).toEqual([200, true, 0]);
  });

  test.each([
    '/',
    '/nope',
    '/.lock',
    '/tmp/',
    '/state/x',
    '/origin.trustedkeys.gpg',
    '/objects',
    '/objects/escape',
    '/objects/../../secret',
    '/objects/%2e%2e/%2e%2e/secret',
    '/objects/..%2f..%2fsecret',
    '/config%00',
    '/%',
    '//config/..',
  ])('nothing at %s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body.length).toBe(0);
  });

  test('other methods', async () => {
    expect((await get('/config', { method: 'PUT' })).status).toBe(405);
  });

  test('what is no HTTP', async () => {
    expect(await raw('frob\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw('GET ../../secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 40[04] /,
    );
  });

  test('a client pulls', async () => {
    const clone = `--repo=${place.at('clone')}`;
    await good(['init', clone, '--mode=bare-user-only']);
    await good(['remote', 'add', clone, '--no-gpg-verify', 'origin', `http://127.0.0.1:${port}`]);
    expect(await good(['pull', clone, 'origin', 'main'])).toMatch(/^\d+ metadata, 3 content objects fetched; /);
    expect(await good(['fsck', clone])).toContain('no errors found');
  });

  test('a port that is taken', async () => {
    expect(await bad(['serve', `--repo=${repo}`, `--port=${port}`])).toContain('EADDRINUSE');
    expect(await bad(['serve', `--repo=${repo}`, '--port=70000'])).toBe('Invalid port 70000');
  });
});

describe('trivial-httpd', () => {
  let test2: Promise<Outcome>;
  const root = place.at('www');

  beforeAll(async () => {
    place.write('www/file', '0123456789');
    fs.symlinkSync(repo, place.at('www/repo'));
    const argv = ['trivial-httpd', '--autoexit', `--log-file=${place.at('log')}`, '-p', place.at('port2')];
    const expectations = ['--expected-cookies=a=b', '--expected-header=X-Test=yes', '--force-range-requests'];
    test2 = ost([...argv, ...expectations, root]);
    port = await waitFor(place.at('port2'));
  });

  test('expects cookies and headers, follows links, stops halfway', async () => {
    const headers = { cookie: 'a=b', 'x-test': 'yes' };
    expect((await get('/file')).status).toBe(403);
    const half = await get('/file', { headers });
    expect([half.status, half.body.toString()]).toEqual([206, '01234']);
    expect((await get('/repo/config', { headers: { ...headers, range: 'bytes=0-5' } })).body.toString()).toBe('[core]');
    expect(fs.readFileSync(place.at('log'), 'utf8')).toContain('serving /file\n');
  });

  test('ends when its directory goes', async () => {
    fs.rmSync(root, { recursive: true });
    expect((await test2).code).toBe(0);
  });

  test('fails on purpose', async () => {
    place.write('faulty/file', 'x');
    const argv = ['trivial-httpd', '--autoexit', '-p', place.at('port3'), '--require-basic-auth'];
    const done = ost([...argv, '--random-500s=99', '--random-500s-max=1000', place.at('faulty')]);
    port = await waitFor(place.at('port3'));
    expect((await get('/file')).status).toBe(401);
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) statuses.push((await get('/file', { auth: 'foouser:barpw' })).status);
    expect(statuses).toContain(500);
    expect(await bad(['trivial-httpd', '--random-408s=100'])).toBe('Invalid --random-408s=100');
    fs.rmSync(place.at('faulty'), { recursive: true });
    expect((await done).code).toBe(0);
  });
});
