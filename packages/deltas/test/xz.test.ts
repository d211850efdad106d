import { execFileSync, spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import type { XzBackend, XzEncoder } from '@ost/deltas';
import { chooseXzBackend, decodeXz, encodeXz, XZ_BACKENDS, XZ_ENCODERS, xzEncodeMemory } from '@ost/deltas';
import { isOstError } from '@ost/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from './support/random.js';

const hasXz = spawnSync('xz', ['--version']).status === 0;
if (!hasXz) console.log('skipped: xz is not installed, only stored streams are decoded');

const xz = (bytes: Uint8Array, ...args: string[]) =>
  new Uint8Array(execFileSync('xz', ['--compress', '--stdout', ...args], { input: bytes, maxBuffer: 2 ** 28 }));

const random = new Random(3);
const samples: Readonly<Record<string, Uint8Array>> = {
  'one byte': Uint8Array.of(7),
  words: random.words(300_000),
  'bytes that do not compress': random.bytes(150_000),
  zeros: new Uint8Array(5_000_000),
  'a period longer than most matches': new Uint8Array(2_000_000).map((_, i) => (i % 70_001) * 7),
};

const streams = new Map<string, Uint8Array>();

/** A sample as xz encodes it; every back end gets the same stream. */
function encoded(name: string, ...args: string[]): Uint8Array {
  const key = [name, ...args].join(' ');
  let stream = streams.get(key);
  if (stream === undefined) streams.set(key, (stream = xz(samples[name] as Uint8Array, ...args)));
  return stream;
}

// printf hello | xz --check=crc64
const hello = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAEaGVsbG8AAAAAsTe52+XaHpsAAR0FuC2Arx+2830BAAAAAARZWg==',
  'base64',
);

/** What every back end must do. */
function backendContract(backend: XzBackend): void {
  const backends = [backend];
  it('decodes a stored stream', async () => {
    expect(new TextDecoder().decode(await decodeXz(hello, { backends }))).toBe('hello');
  });

  const presets = [['-0'], ['-6'], ['-8'], ['-9e'], ['--check=none'], ['--check=crc32'], ['--check=sha256']];
  const layouts = [['--block-size=65536'], ['--lzma2=preset=6,lc=1,lp=3,pb=0'], ['--lzma2=preset=6,lc=0,lp=4,pb=4']];
  for (const [name, sample] of Object.entries(samples)) {
    it.skipIf(!hasXz)(
      `decodes ${name}`,
      async () => {
        for (const args of [...presets, ...layouts]) {
          const bytes = await decodeXz(encoded(name, ...args), { backends });
          expect(Buffer.compare(bytes, sample), args.join(' ')).toBe(0);
        }
      },
      60_000,
    );
  }

  it.skipIf(!hasXz)(
    'refuses damage with our error, and decodes on',
    async () => {
      const source = random.words(20_000);
      const sound = xz(source);
      for (let i = 0; i < (backend.name === 'xz' ? 10 : 150); i++) {
        const broken = sound.slice();
        // Behind the headers, where only a decoder notices.
        const at = 40 + random.below(sound.length - 100);
        broken[at] = (broken[at] as number) ^ (1 << random.below(8));
        const error = await decodeXz(broken, { backends }).catch((caught: unknown) => caught);
        expect(isOstError(error) && ['corrupt', 'limit'].includes(error.code), `byte ${at}`).toBe(true);
      }
      expect(Buffer.compare(await decodeXz(sound, { backends }), source)).toBe(0);
    },
    60_000,
  );

  it.skipIf(!hasXz)('stops when told to', async () => {
    const stream = xz(random.words(3_000_000), '-0');
    const early = decodeXz(stream, { backends, signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject({ code: 'aborted' });
  });
}

for (const backend of XZ_BACKENDS) {
  const works = await backend.available();
  if (!works) console.log(`skipped: xz back end ${backend.name} is not available here`);
  describe.skipIf(!works)(`back end ${backend.name}`, () => backendContract(backend));
}

/** What every encoder must do. */
function encoderContract(encoder: XzEncoder): void {
  const encoders = [encoder];
  const back = async (stream: Uint8Array) => decodeXz(stream);

  for (const [name, sample] of Object.entries({ nothing: new Uint8Array(0), ...samples })) {
    it(`encodes ${name}`, async () => {
      for (const preset of [0, 8]) {
        const stream = await encodeXz(sample, { preset, encoders });
        expect(Buffer.compare(await back(stream), sample), `preset ${preset}`).toBe(0);
        // Stream flags: a CRC64 at the end of every block, as libostree's parts have.
        expect([...stream.subarray(6, 8)]).toEqual([0, 4]);
        if (hasXz) execFileSync('xz', ['--test', '--format=xz'], { input: stream });
      }
    }, 60_000);
  }

  it('compresses as well as the preset says, however small the dictionary', async () => {
    const sample = samples['a period longer than most matches'] as Uint8Array;
    expect((await encodeXz(sample, { preset: 8, encoders })).length).toBeLessThan(20_000);
  });

  it.skipIf(encoder.name === 'node-liblzma')('expects bytes instead of words if it is told so', async () => {
    const sample = samples['words'] as Uint8Array;
    const [words, bytes] = await Promise.all(
      [2, 0].map((positionBits) => encodeXz(sample, { preset: 6, positionBits, encoders })),
    );
    expect(words).not.toEqual(bytes);
    expect(Buffer.compare(await back(bytes as Uint8Array), sample)).toBe(0);
  });

  it('takes a part of a buffer, and several at a time', async () => {
    const whole = random.words(200_000);
    const parts = [whole.subarray(1, 90_000), whole.subarray(50_000), whole];
    const streams = await Promise.all(parts.map((part) => encodeXz(part, { preset: 6, encoders })));
    for (const [i, stream] of streams.entries()) {
      expect(Buffer.compare(await back(stream), parts[i] as Uint8Array)).toBe(0);
    }
  });

  it('works in a worker thread', async () => {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.deltas).then(async ({ encodeXz, XZ_ENCODERS }) => {
        const encoders = XZ_ENCODERS.filter(({ name }) => name === workerData.name);
        parentPort.postMessage(await encodeXz(workerData.sample, { preset: 8, encoders }));
      });`;
    const sample = random.words(100_000);
    const deltas = import.meta.resolve('@ost/deltas');
    const worker = new Worker(code, { eval: true, workerData: { deltas, name: encoder.name, sample } });
    const stream = await new Promise<Uint8Array>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    expect(Buffer.compare(await back(stream), sample)).toBe(0);
  }, 30_000);
}

for (const encoder of XZ_ENCODERS) {
  const works = await encoder.available();
  if (!works) console.log(`skipped: xz encoder ${encoder.name} is not available here`);
  describe.skipIf(!works)(`encoder ${encoder.name}`, () => encoderContract(encoder));
}

describe('encodeXz', () => {
  const seen: unknown[] = [];
  const unused: XzEncoder = { name: 'unused', available: () => true, encode: () => expect.fail('used') };
  const spy: XzEncoder = {
    name: 'spy',
    available: () => true,
    encode: async (bytes, settings) => {
      seen.push(settings);
      return bytes;
    },
  };

  it('asks for no more dictionary than is of use', async () => {
    const MiB = 1024 * 1024;
    for (const [size, preset] of [[10, 8] as const, [9 * MiB, 8] as const, [9 * MiB, 3] as const]) {
      await encodeXz(new Uint8Array(size), { preset, encoders: [spy, unused] });
    }
    expect(seen).toEqual([
      { preset: 6, dictionary: 4096, positionBits: 2 },
      { preset: 7, dictionary: 9 * MiB, positionBits: 2 },
      { preset: 3, dictionary: 4 * MiB, positionBits: 2 },
    ]);
  });

  it('takes the first encoder that works', async () => {
    const absent: XzEncoder = { ...unused, name: 'absent', available: () => false };
    expect(await encodeXz(hello, { preset: 6, encoders: [absent, spy] })).toBe(hello);
    await expect(encodeXz(hello, { preset: 6, encoders: [absent] })).rejects.toMatchObject({ code: 'unsupported' });
    expect(XZ_ENCODERS.map(({ name }) => name)).toEqual(['liblzma', 'node-liblzma', 'xz']);
  });

  it('tells how much memory it takes, and refuses what is no preset', async () => {
    const MB = 1e6;
    expect(xzEncodeMemory(8, 40 * MB)).toBeGreaterThan(370 * MB);
    expect(xzEncodeMemory(8, 40 * MB)).toBeLessThan(480 * MB);
    expect(xzEncodeMemory(8, MB)).toBeLessThan(110 * MB);
    await expect(encodeXz(hello, { preset: 10 })).rejects.toThrow(RangeError);
    expect(() => xzEncodeMemory(1.5, 1)).toThrow(RangeError);
  });
});

describe('decodeXz', () => {
  const unused: XzBackend = { name: 'unused', available: () => true, decode: () => expect.fail('used') };
  const decode = (bytes: Uint8Array, limits = {}) => decodeXz(bytes, { backends: [unused], limits });

  it('refuses bad frames before a back end sees them', async () => {
    await expect(decode(new Uint8Array(0))).rejects.toThrow('File format not recognized');
    await expect(decode(new Uint8Array(50))).rejects.toThrow('File format not recognized');
    for (let length = 6; length < hello.length; length++) {
      await expect(decode(hello.subarray(0, length))).rejects.toMatchObject({ code: 'corrupt' });
    }
    await expect(decode(Buffer.concat([hello, hello]))).rejects.toThrow('Data is corrupt');
    await expect(decode(Buffer.concat([hello, Buffer.alloc(4)]))).rejects.toThrow('Data is corrupt');
  });

  it('bounds output and dictionary by what the stream declares', async () => {
    await expect(decode(hello, { payloadSize: 4 })).rejects.toMatchObject({ code: 'limit' });
    await expect(decode(hello, { xzDictionarySize: 4096 })).rejects.toThrow('Exceeded memory limit');
  });

  it.skipIf(!hasXz)(
    'refuses a bomb quickly',
    async () => {
      const bomb = xz(new Uint8Array(100_000_000), '-0');
      expect(bomb.length).toBeLessThan(100_000);
      await expect(decode(bomb, { payloadSize: 50_000_000 })).rejects.toMatchObject({ code: 'limit' });
    },
    30_000,
  );

  it('takes the first back end that works', async () => {
    const absent: XzBackend = { name: 'absent', available: () => false, decode: () => expect.fail('used') };
    expect(await chooseXzBackend([absent, unused])).toBe(unused);
    await expect(chooseXzBackend([absent])).rejects.toMatchObject({ code: 'unsupported' });
    expect(XZ_BACKENDS.at(-1)?.name).toBe('portable');
    const liar: XzBackend = {
      name: 'liar',
      available: () => true,
      decode: async (_, { write }) => write(new Uint8Array(4)),
    };
    await expect(decodeXz(hello, { backends: [liar] })).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('survives mutations', async () => {
    const portable = XZ_BACKENDS.filter(({ name }) => name === 'portable');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        async (changes) => {
          const bytes = new Uint8Array(hello);
          for (const [at, value] of changes) bytes[at] = value;
          await decodeXz(bytes, { backends: portable }).catch((error: unknown) => {
            if (!isOstError(error)) throw error;
          });
        },
      ),
      { numRuns: 2000 },
    );
  });
});
