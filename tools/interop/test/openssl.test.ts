import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ost, reference } from '../src/programs.js';
import { commit, init, objectPath } from '../src/repos.js';
import { attempt, execute, run, sh } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

/** Debian's libostree has neither engine, so that openssl is the second opinion. */
const dir = scratch('openssl');
const at = (name: string): string => join(dir, name);
const words = (command: string): readonly string[] => command.split(' ');

interface Engine {
  readonly name: 'ed25519' | 'spki';
  /** Makes a key: what openssl is to be told. */
  readonly kind: readonly string[];
  /** Length of a signature. */
  readonly length: number;
  /** Checks `signature` of `data`, both files. */
  verify(data: string, signature: string): readonly string[];
  /** Signs `data`: the same bytes each time. */
  sign(data: string, signature: string): readonly string[];
}

const engines: readonly Engine[] = [
  {
    name: 'ed25519',
    kind: words('-algorithm ed25519'),
    length: 64,
    verify: (data, signature) =>
      words(`pkeyutl -verify -pubin -inkey ${at('ed25519.public')} -rawin -in ${data} -sigfile ${signature}`),
    sign: (data, signature) => words(`pkeyutl -sign -inkey ${at('ed25519.pem')} -rawin -in ${data} -out ${signature}`),
  },
  {
    name: 'spki',
    kind: words('-algorithm RSA -pkeyopt rsa_keygen_bits:2048'),
    length: 256,
    verify: (data, signature) => words(`dgst -sha256 -verify ${at('spki.public')} -signature ${signature} ${data}`),
    sign: (data, signature) => words(`dgst -sha256 -sign ${at('spki.pem')} -out ${signature} ${data}`),
  },
];

/** Where the one signature of a kind begins in serialized metadata: a value begins at a multiple of eight. */
function place(metadata: Uint8Array, { name }: Engine): number {
  const bytes = Buffer.from(metadata);
  const key = Buffer.from(`ostree.sign.${name}\0`);
  const found = bytes.indexOf(key);
  expect(found, `no signature by ${name}`).toBeGreaterThan(-1);
  return (found + key.length + 7) & ~7;
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The bytes of an array in GVariant's text form: `[byte 0x86, ...]`, or `b'...'` where the last byte is the only zero. */
function bytesOf(text: string): Buffer {
  const quoted = /b(['"])(.*)\1/s.exec(text)?.[2];
  if (quoted === undefined) {
    return Buffer.from([...text.matchAll(/0x([0-9a-f]{2})/g)].map(([, byte]) => byte).join(''), 'hex');
  }
  const plain = quoted.replace(/\\([0-7]{3}|.)/gs, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped, 8)) : (ESCAPES[escaped] ?? escaped),
  );
  return Buffer.from(`${plain}\0`, 'latin1');
}

/** What a signed superblock holds: the plain one, behind a mark of eight bytes, and signatures. */
function opened(file: Buffer): { plain: Buffer; signatures: Buffer } {
  const width = file.length <= 0xff ? 1 : file.length <= 0xffff ? 2 : 4;
  const end = file.readUIntLE(file.length - width, width);
  return { plain: file.subarray(8, end), signatures: file.subarray((end + 7) & ~7) };
}

describe.each(engines)('signatures by $name', (engine) => {
  const { name, length } = engine;
  const repo = at(`repo-${name}`);
  const signing = [`--sign-type=${name}`];
  const verifying = [`--sign-type=${name}`, `--keys-file=${at(`${name}.keys`)}`];
  let checksum = '';

  /** What openssl thinks of a signature, and whether it makes the same. */
  function judge(data: Uint8Array, metadata: Uint8Array): void {
    const [dataFile, ours, theirs] = ['data', 'ours', 'theirs'].map((file) => at(fresh(file))) as [
      string,
      string,
      string,
    ];
    const start = place(metadata, engine);
    writeFileSync(dataFile, data);
    writeFileSync(ours, metadata.subarray(start, start + length));
    sh(['openssl', ...engine.verify(dataFile, ours)]);
    sh(['openssl', ...engine.sign(dataFile, theirs)]);
    expect(readFileSync(theirs).equals(readFileSync(ours))).toBe(true);
    writeFileSync(dataFile, Buffer.concat([data, Buffer.of(0)]));
    expect(execute(['openssl', ...engine.verify(dataFile, ours)]).code).not.toBe(0);
  }

  beforeAll(() => {
    sh(['openssl', 'genpkey', ...engine.kind, '-out', at(`${name}.pem`)]);
    sh(['openssl', 'pkey', '-in', at(`${name}.pem`), '-pubout', '-out', at(`${name}.public`)]);
    const der = (file: string, ...how: string[]): Buffer => {
      sh(['openssl', 'pkey', '-in', at(`${name}.pem`), ...how, '-outform', 'DER', '-out', at(file)]);
      return readFileSync(at(file));
    };
    const [secret, key] = [der(`${name}.secret.der`), der(`${name}.public.der`, '-pubout')];
    const raw = key.subarray(-32);
    const ed = name === 'ed25519';
    const encoded = ed ? Buffer.concat([secret.subarray(-32), raw]).toString('base64') : secret.toString('base64');
    writeFileSync(at(`${name}.secret`), ed ? encoded : readFileSync(at(`${name}.pem`)));
    writeFileSync(at(`${name}.keys`), ed ? raw.toString('base64') : readFileSync(at(`${name}.public`)));
    init(reference, repo, 'archive');
    mkdirSync(at('tree'), { recursive: true });
    writeFileSync(at('tree/file'), 'content');
    checksum = commit(ost, repo, '-b', 'main', ...signing, `--sign-from-file=${at(`${name}.secret`)}`, at('tree'));
  });

  it('are right on a commit, and libostree shows the same bytes', () => {
    const metadata = readFileSync(objectPath(repo, checksum, 'commitmeta'));
    judge(readFileSync(objectPath(repo, checksum, 'commit')), metadata);
    const key = `--print-detached-metadata-key=ostree.sign.${name}`;
    const start = place(metadata, engine);
    const shown = bytesOf(run(reference, ['show', `--repo=${repo}`, key, checksum]));
    expect(shown.toString('hex')).toBe(metadata.toString('hex', start, start + length));
  });

  it('are right on a summary', () => {
    run(ost, ['summary', `--repo=${repo}`, '-u', ...signing, `--sign-from-file=${at(`${name}.secret`)}`]);
    judge(readFileSync(join(repo, 'summary')), readFileSync(join(repo, 'summary.sig')));
  });

  it('are right on a static delta', () => {
    const file = at(`${name}.delta`);
    const how = ['--empty', '--inline', `--filename=${file}`, ...signing, `--keys-file=${at(`${name}.secret`)}`];
    run(ost, ['static-delta', 'generate', `--repo=${repo}`, 'main', ...how]);
    const { plain, signatures } = opened(readFileSync(file));
    judge(plain, signatures);
    expect(run(ost, ['static-delta', 'verify', `--repo=${repo}`, ...verifying, file])).toBe('Verification OK\n');
  });

  it('are refused when one bit of them differs', () => {
    const file = objectPath(repo, checksum, 'commitmeta');
    const metadata = readFileSync(file);
    const verify = ['sign', `--repo=${repo}`, '--verify', ...verifying, checksum];
    expect(run(ost, verify)).toContain('Signature verified');
    const start = place(metadata, engine);
    metadata[start + 7] = (metadata[start + 7] as number) ^ 0x10;
    writeFileSync(file, metadata);
    expect(attempt(ost, verify)).toMatchObject({ code: 1 });
  });
});
