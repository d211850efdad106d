import { createSocket, type Socket } from 'node:dgram';
import * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import timers from 'node:timers/promises';
import { findRemotes, lanFinder, pullFound, type SignatureVerifier } from '@ost/fetch';
import { codec, variant } from '@ost/gvariant';
import { encodeDetachedMetadata } from '@ost/objects';
import { addRemote, initRepo, openRepo, type Repo } from '@ost/repo';
import dns, { type Answer, type Packet } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, makeFixture } from './support/fixture.js';

const collectionId = 'org.example.Col';
const main = { collectionId, name: 'main' };
const app = { collectionId, name: 'app' };
const verifier: SignatureVerifier = { verify: async () => ({ valid: true }) };
const SERVICE = '_ostree_repo._tcp.local';
/** A filter of 64 bits and one hash that has `app` of the collection, by the vectors of the transfer format, and main. */
const APP_BIT = Number(0x6ea803439e668081n % 64n);

let fixture: Fixture;
let repo: Repo;
let daemon: Socket;
let questions: (readonly string[])[];
/** How many of them have been answered. */
let answered: number;
/** What the machine next door says to each packet. */
let answers: (packet: Packet) => readonly Buffer[];

beforeEach(async () => {
  fixture = await makeFixture({ collectionId });
  for (const name of ['0', '7']) fs.symlinkSync('.', path.join(fixture.source.path, name));
  const signatures = variant('aay', [new Uint8Array([1])]);
  fixture.source.writeDetachedMetadata(fixture.second, encodeDetachedMetadata([['ostree.gpgsigs', signatures]]));
  const at = path.join(fixture.root, 'client');
  addRemote(await initRepo(at, { mode: 'archive' }), 'origin', {
    keys: [
      ['url', 'http://127.0.0.1:1/'],
      ['collection-id', collectionId],
    ],
  });
  fs.writeFileSync(path.join(at, 'origin.trustedkeys.gpg'), '');
  repo = await openRepo(at);
  questions = [];
  answered = 0;
  daemon = createSocket('udp4').on('message', (message, from) => {
    const packet = dns.decode(message);
    questions.push((packet.questions ?? []).map(({ type, name }) => `${type} ${name}`));
    const all = answers(packet);
    let left = all.length;
    if (left === 0) answered++;
    for (const answer of all) {
      daemon.send(answer, from.port, from.address, () => {
        if (--left === 0) answered++;
      });
    }
  });
  await new Promise<void>((resolve) => daemon.bind(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  daemon.close();
  await fixture.close();
});

const response = (more: readonly Answer[], additionals: readonly Answer[] = []): Buffer =>
  dns.encode({ type: 'response', answers: [...more], additionals: [...additionals] });
const everything = Buffer.alloc(8, 0xff);
const text = (bits: Uint8Array = everything, { hashes = 1, kind = 1, version = 1, index = 7 } = {}): Buffer[] => [
  Buffer.from([...Buffer.from('v='), version]),
  Buffer.concat([Buffer.from('RB='), codec('(yyay)').encode([hashes, kind, bits])]),
  Buffer.concat([Buffer.from('st='), codec('t').encode(5n, { endian: 'big' })]),
  Buffer.concat([Buffer.from('ri='), codec('q').encode(index, { endian: 'big' })]),
];

function records(name: string, data: Buffer[]): [Answer, Answer, Answer, Answer] {
  const port = Number(new URL(fixture.server.url).port);
  return [
    { type: 'PTR', name: SERVICE, data: name },
    { type: 'SRV', name, data: { port, target: 'Next-Door.local' } },
    { type: 'TXT', name, data },
    { type: 'A', name: 'next-door.local', data: '127.0.0.1' },
  ];
}

/** Lets pauses end as soon as each question that was asked has been answered, and the answers have been read. */
async function withoutWaiting<T>(body: () => Promise<T>): Promise<T> {
  const real = timers.setTimeout;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  let pauses = 0;
  const pause = async (): Promise<void> => {
    for (pauses++; answered < pauses; ) await turn();
    for (let i = 0; i < 3; i++) await turn();
  };
  timers.setTimeout = pause as typeof real;
  syncBuiltinESMExports();
  try {
    return await body();
  } finally {
    timers.setTimeout = real;
    syncBuiltinESMExports();
  }
}

function find(refs = [main]): ReturnType<typeof findRemotes> {
  answered = 0;
  const finder = lanFinder({ target: { address: '127.0.0.1', port: daemon.address().port } });
  return withoutWaiting(() => findRemotes(repo, refs, [finder], { verifier }));
}

describe('the local network', () => {
  it('has a repository that can be pulled from', async () => {
    const [pointer, ...rest] = records(`next door.${SERVICE}`, text());
    answers = () => [response([pointer], rest)];
    const { found, missing, failures } = await find();
    expect([missing, failures]).toEqual([[], []]);
    expect(found).toMatchObject([
      { finder: 'OstreeRepoFinderAvahi', priority: 60, url: `${fixture.server.url}/7`, configured: false },
    ]);
    await pullFound(repo, found, { verifier });
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    expect(questions[0]).toEqual([`PTR ${SERVICE}`]);
  });

  it('is asked again for what it left out', async () => {
    const all = records(`x.${SERVICE}`, text());
    answers = ({ questions: asked = [] }) => [
      response(
        all.filter(({ type }) => asked.some((question) => question.type === type) && type !== 'A'),
        all.slice(3),
      ),
    ];
    expect((await find()).found).toHaveLength(1);
    expect(questions[1]).toEqual([`PTR ${SERVICE}`, `SRV x.${SERVICE}`, `TXT x.${SERVICE}`]);
  });

  it('is not asked for refs that a repository surely does not have', async () => {
    const bits = Buffer.alloc(8);
    bits[APP_BIT >> 3] = 1 << (APP_BIT & 7);
    answers = () => [response(records(`x.${SERVICE}`, text(bits)))];
    expect((await find([main])).found).toEqual([]);
    expect(fixture.server.requests).toEqual([]);
    // It may have `app`, its summary tells that it does not.
    expect((await find([app])).missing).toEqual([app]);
    expect(fixture.server.count('/7/summary')).toBeGreaterThan(0);
  });

  it.each<[string, () => Buffer[]]>([
    ['of another version', () => text(everything, { version: 2 })],
    ['with a filter of no hashes', () => text(everything, { hashes: 0 })],
    ['with hashes that nobody knows', () => text(everything, { kind: 9 })],
    ['with an empty filter', () => text(Buffer.alloc(0))],
    ['that says something twice', () => [...text(), ...text()]],
    ['that is too long', () => [...text(), ...Array.from({ length: 40 }, (_, i) => Buffer.from(`x${i}=`.padEnd(250)))]],
    ['that says nothing', () => []],
  ])('knows no repository by a record %s', async (_, data) => {
    answers = () => [response(records(`x.${SERVICE}`, data()))];
    expect(await find()).toMatchObject({ found: [], missing: [main], failures: [] });
    expect(fixture.server.requests).toEqual([]);
  });

  it('may say anything', async () => {
    const good = response(records(`x.${SERVICE}`, text()));
    answers = () => [
      Buffer.from('no DNS'),
      Buffer.alloc(9000, 0xc0),
      good.subarray(0, good.length - 5),
      dns.encode({ type: 'query', questions: [{ type: 'PTR', name: SERVICE }] }),
      response(records('elsewhere.local', text()).slice(1)),
      good,
    ];
    expect((await find()).found).toHaveLength(1);
  });

  it('may be silent, or not there', async () => {
    answers = () => [];
    expect(await find()).toMatchObject({ found: [], failures: [] });
    const finder = lanFinder({ target: { address: '255.255.255.255', port: 5353 } });
    const { failures } = await findRemotes(repo, [main], [finder]);
    expect(failures).toMatchObject([{ url: 'OstreeRepoFinderAvahi', error: { code: 'network' } }]);
  });

  it('is not waited for once nobody wants to know', async () => {
    answers = () => [];
    const finder = lanFinder({ target: { address: '127.0.0.1', port: daemon.address().port }, milliseconds: 60_000 });
    const signal = AbortSignal.timeout(50);
    await expect(findRemotes(repo, [main], [finder], { signal })).rejects.toMatchObject({ code: 'aborted' });
  });
});
