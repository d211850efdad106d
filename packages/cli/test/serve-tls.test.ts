import * as fs from 'node:fs';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, ost, type Outcome, Place } from './support/ost.js';

const key = (name: string): string => fileURLToPath(new URL(`../../fetch/test/support/tls/${name}`, import.meta.url));
const ca = fs.readFileSync(key('server.crt'));
const place = new Place();
let repo: string;
let serial = 0;

interface Running {
  readonly port: number;
  stop(): Promise<Outcome>;
}

async function serve(...options: string[]): Promise<Running> {
  const file = place.at(`port-${serial++}`);
  const stop = new AbortController();
  const server = ost(['serve', `--repo=${repo}`, `--port-file=${file}`, ...options], { signal: stop.signal });
  for (let i = 0; i < 3000 && !fs.existsSync(file); i++) await sleep(10);
  return {
    port: Number(fs.readFileSync(file, 'utf8')),
    stop: () => {
      stop.abort();
      return server;
    },
  };
}

beforeAll(async () => {
  repo = await place.repo();
  fs.mkdirSync(`${repo}/deltas/xx`, { recursive: true });
  fs.writeFileSync(`${repo}/deltas/xx/big`, Buffer.alloc(64 << 20));
});
afterAll(() => place.remove());

function overHttp2(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`https://localhost:${port}`, { ca });
    session.on('error', reject);
    const stream = session.request({ ':path': path });
    let status = 0;
    let body = '';
    stream.on('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    stream.on('end', () => session.close(() => resolve({ status, body })));
    stream.on('error', reject);
  });
}

function overHttps(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    https
      .get({ host: 'localhost', port, path, ca, agent: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      })
      .on('error', reject);
  });
}

describe('serve', () => {
  test('speaks HTTP/2 and HTTP/1.1 over TLS', async () => {
    const server = await serve(`--tls-cert=${key('server.crt')}`, `--tls-key=${key('server.key')}`);
    const config = fs.readFileSync(`${repo}/config`, 'utf8');
    expect(await overHttp2(server.port, '/config')).toEqual({ status: 200, body: config });
    expect(await overHttp2(server.port, '/nope')).toEqual({ status: 404, body: '' });
    expect(await overHttps(server.port, '/config')).toBe(200);
    const big = await overHttp2(server.port, '/deltas/xx/big');
    expect(big.body.length).toBe(64 << 20);
    const { code, stdout } = await server.stop();
    expect([code, stdout]).toEqual([0, `Serving ${repo} at https://127.0.0.1:${server.port}/\n`]);
  });

  test('is pulled from with every option that there is for requests', async () => {
    const log = place.at('pull.log');
    const tls = [`--tls-cert=${key('server.crt')}`, `--tls-key=${key('server.key')}`];
    const server = await serve(...tls, `--access-log=${log}`);
    const client = place.at('client');
    await good(['init', `--repo=${client}`, '--mode=archive']);
    const keys = [`--set=tls-ca-path=${key('server.crt')}`, '--set=http2=true', '--no-gpg-verify'];
    await good(['remote', 'add', `--repo=${client}`, ...keys, 'origin', `https://localhost:${server.port}/`]);
    const options = [
      '--http-header=X-Test=yes',
      '--network-retries=2',
      '--append-user-agent=dodo/2.15',
      '--disable-retry-on-network-errors',
      '--low-speed-limit-bytes=1',
      '--low-speed-time-seconds=60',
      '--max-outstanding-fetcher-requests=2',
      '--update-frequency=100',
      `--cache-dir=${place.at('cache')}`,
      '--per-object-fsync',
      '--disable-fsync',
      '--allow-older-summary',
      '--disable-verify-bindings',
    ];
    await good(['pull', `--repo=${client}`, ...options, 'origin', 'main']);
    await good(['fsck', `--repo=${client}`, '--quiet']);
    expect(await bad(['pull', `--repo=${client}`, '--low-speed-limit-bytes=-1', 'origin', 'main'])).toBe(
      'Invalid value -1 for --low-speed-limit-bytes',
    );
    await server.stop();
    const lines = fs.readFileSync(log, 'latin1').trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('.filez HTTP/2.0" 200')).length).toBeGreaterThan(0);
    expect(lines.filter((line) => !/"libostree\/\S+ dodo\/2\.15"$/.test(line))).toEqual([]);
  });

  test('wants certificate and key together', async () => {
    expect(await bad(['serve', `--repo=${repo}`, `--tls-key=${key('server.key')}`])).toBe(
      '--tls-cert and --tls-key need each other',
    );
  });

  test('logs requests, so that no client can forge a line', async () => {
    const log = place.at('access.log');
    const server = await serve(`--access-log=${log}`);
    const request = (path: string, agent: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const headers = { 'user-agent': agent };
        http
          .get({ host: '127.0.0.1', port: server.port, path, headers, agent: false }, (response) => {
            response.resume();
            response.on('end', resolve);
          })
          .on('error', reject);
      });
    await request('/config', 'ost/1.0');
    await request('/nope%22%0a', 'x" 200 "\u009b31m');
    await server.stop();
    const size = fs.statSync(`${repo}/config`).size;
    // A line comes when its answer is through, which may be after the client has all of it and asks again.
    const lines = fs.readFileSync(log, 'latin1').split('\n');
    expect(lines.pop()).toBe('');
    const [first, second] = lines.sort((a, b) => a.indexOf('GET /n') - b.indexOf('GET /n'));
    expect(lines).toHaveLength(2);
    expect(first).toMatch(
      /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}(:\d\d){3} \+0000\] "GET \/config HTTP\/1\.1" /,
    );
    expect(first).toMatch(new RegExp(`" 200 ${size} "-" "ost/1\\.0"$`));
    expect(second).toContain('"GET /nope%22%0a HTTP/1.1" 404 0 "-" "x\\x22 200 \\x22\\x9b31m"');
  });

  test('answers what is under way before it ends, but not for ever', async () => {
    const start = async (grace: string): Promise<[Running, Promise<number>, () => void]> => {
      const server = await serve(`--grace=${grace}`);
      let resume = (): void => undefined;
      let begin = (): void => undefined;
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const length = new Promise<number>((resolve, reject) => {
        const get = http.get({ host: '127.0.0.1', port: server.port, path: '/deltas/xx/big', agent: false });
        get.on('error', reject);
        get.on('response', (response) => {
          let sum = 0;
          response.on('data', (chunk: Buffer) => {
            sum += chunk.length;
            if (sum !== chunk.length) return;
            response.pause();
            begin();
          });
          response.on('end', () => resolve(sum));
          response.on('error', reject);
          resume = () => response.resume();
        });
      });
      length.catch(() => undefined);
      await begun;
      return [server, length, () => resume()];
    };
    const [patient, whole, go] = await start('30');
    const stopped = patient.stop();
    go();
    expect(await whole).toBe(64 << 20);
    expect((await stopped).code).toBe(0);
    const [strict, part, readOn] = await start('0');
    expect((await strict.stop()).code).toBe(0);
    readOn();
    await expect(part).rejects.toThrow();
  });
});
