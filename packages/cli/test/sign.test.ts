import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseDetachedMetadata } from '@ost/objects';
import { openRepo } from '@ost/repo';
import { ed25519, signaturesOf } from '@ost/sign';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, ost, Place } from './support/ost.js';

const place = new Place();
const pair = (): { publicKey: string; secretKey: string } => {
  const { publicFile, secretFile } = ed25519.generate();
  return { publicKey: publicFile.trim(), secretKey: secretFile.trim() };
};
const [one, two] = [pair(), pair()];
const hex = (text: string): string => Buffer.from(text, 'base64').toString('hex');
let repo: string;

beforeAll(async () => {
  repo = await place.repo();
  place.write('one.secret', `${one.secretKey}\n`);
  place.write('both.secret', `${one.secretKey}\n${two.secretKey}\n`);
  place.write('one.public', `${one.publicKey}\n`);
  place.write('two.public', `${two.publicKey}\n`);
  place.write('keys/trusted.ed25519.d/one', `${one.publicKey}\n`);
  place.write('revoking/trusted.ed25519', `${one.publicKey}\n`);
  place.write('revoking/revoked.ed25519', `${one.publicKey}\n`);
});
afterAll(() => place.remove());

const sign = (...args: string[]): string[] => ['sign', `--repo=${repo}`, ...args];
const verified = `ed25519: Signature verified successfully with key '${hex(one.publicKey)}'`;
/** How many ed25519 signatures a commit has. */
const count = async (rev: string): Promise<number> => {
  const opened = await openRepo(repo);
  const detached = opened.readDetachedMetadata(opened.resolve(rev));
  return detached === null ? 0 : (signaturesOf(ed25519, parseDetachedMetadata(detached))?.length ?? 0);
};

describe('sign', () => {
  test('signs once with each key, verifies and deletes', async () => {
    expect(await bad(sign('--verify', 'main', one.publicKey))).toBe(
      'No valid signatures found: ed25519: commit have no signatures of my type',
    );
    expect(await good(sign('main', one.secretKey))).toBe('');
    await good(sign(`--keys-file=${place.at('both.secret')}`, 'main'));
    expect(await count('main')).toBe(2);
    expect(await good(sign('--verify', 'main', one.publicKey))).toBe(`${verified}\n`);
    expect(await good(sign('--verify', 'main', pair().publicKey, one.publicKey))).toBe(`${verified}\n`);
    expect(await good(sign('--delete', 'main', one.publicKey))).toBe('Signatures deleted: 1\n');
    expect(await good(sign('-d', 'main', one.publicKey))).toBe('Signatures deleted: 0\n');
    expect(await bad(sign('--verify', 'main', one.publicKey))).toBe(
      `No valid signatures found: ed25519: Signature couldn't be verified with: key '${hex(one.publicKey)}'`,
    );
    expect(await good(sign('-d', `--keys-file=${place.at('two.public')}`, 'main'))).toBe('Signatures deleted: 1\n');
    expect(await count('main')).toBe(0);
  });

  test('takes keys from files and directories', async () => {
    await good(sign(`--keys-file=${place.at('one.secret')}`, 'main'));
    expect(await good(sign('--verify', `--keys-file=${place.at('one.public')}`, 'main'))).toBe(`${verified}\n`);
    expect(await good(sign('--verify', `--keys-dir=${place.at('keys')}`, 'main'))).toBe(`${verified}\n`);
    expect(await bad(sign('--verify', `--keys-file=${place.at('two.public')}`, 'main'))).toBe(
      `ed25519: Signature couldn't be verified with: key '${hex(two.publicKey)}'`,
    );
    expect(await bad(sign('--verify', `--keys-dir=${place.at('revoking')}`, 'main'))).toBe(
      `ed25519: Signature was made with the revoked key '${hex(one.publicKey)}'`,
    );
    expect(await bad(sign('--verify', `--keys-dir=${place.at('none')}`, 'main'))).toBe(
      'signature: ed25519: no keys loaded',
    );
  });

  test('--json tells the reason', async () => {
    const outcome = async (...args: string[]) => {
      const { code, stdout } = await ost(sign('--verify', '--json', 'main', ...args));
      return { code, ...(JSON.parse(stdout) as object) };
    };
    expect(await outcome(one.publicKey)).toMatchObject({
      code: 0,
      type: 'ed25519',
      valid: true,
      reason: 'good',
      key: hex(one.publicKey),
      message: verified,
    });
    expect(await outcome(two.publicKey)).toMatchObject({ code: 1, valid: false, reason: 'wrong', key: null });
    expect(await outcome('--sign-type=spki', `--keys-dir=${place.at('keys')}`)).toMatchObject({ reason: 'absent' });
  });

  test.each(['ed25519', 'spki'])('makes %s keys', async (type) => {
    const prefix = place.at(`new-${type}`);
    const options = [`--sign-type=${type}`, `--repo=${repo}`];
    await good(['sign', `--sign-type=${type}`, `--generate=${prefix}`]);
    expect(fs.statSync(`${prefix}.secret`).mode & 0o777).toBe(0o600);
    const before = fs.readFileSync(`${prefix}.secret`);
    expect(await bad(['sign', `--sign-type=${type}`, `--generate=${prefix}`])).toContain('exists');
    expect(fs.readFileSync(`${prefix}.secret`).equals(before)).toBe(true);
    await good(['sign', ...options, `--keys-file=${prefix}.secret`, 'main']);
    expect(await good(['sign', ...options, '--verify', `--keys-file=${prefix}.public`, 'main'])).toContain(
      `${type}: Signature verified successfully`,
    );
    expect(await good(['sign', ...options, '--delete', `--keys-file=${prefix}.public`, 'main'])).toContain(': 1');
  });

  test('refuses what makes no sense', async () => {
    expect(await bad(sign('--generate=x', 'main'))).toBe('Cannot specify both --generate and a COMMIT');
    expect(await bad(sign())).toBe('Need a COMMIT to sign or verify');
    expect(await bad(sign('main'))).toBe('Need at least one KEY-ID to sign with');
    expect(await bad(sign('--delete', 'main'))).toBe('Need at least one KEY-ID whose signatures are deleted');
    expect(await bad(sign('--delete', '--verify', 'main'))).toBe('Cannot specify both --verify and --delete');
    expect(await bad(sign(`--keys-dir=${place.at('keys')}`, 'main'))).toBe('--keys-dir is for --verify and --delete');
    expect(await bad(sign('--sign-type=pgp', 'main', 'key'))).toBe('Requested signature type is not implemented');
    expect(await bad(sign('main', one.publicKey))).toBe(
      'Invalid ed25519 secret key: Ill-formed input: expected 64 bytes, got 32 bytes',
    );
    expect(await bad(sign('--verify', 'main', 'nonsense'))).toMatch(
      /^No valid signatures found: Invalid ed25519 public/,
    );
    expect(await bad(sign('--sign-type=dummy', 'main', 'key'))).toBe('dummy signature type is only for ostree testing');
  });
});

describe('a new commit', () => {
  test('is signed with keys on the command line and in files', async () => {
    await place.commit(repo, 'direct', [`--sign=${two.secretKey}`]);
    await good(sign('--verify', 'direct', two.publicKey));
    await place.commit(repo, 'files', [`--sign-from-file=${place.at('both.secret')}`]);
    for (const { publicKey } of [one, two]) await good(sign('--verify', 'files', publicKey));
  });

  test('is not made with a malformed key', async () => {
    const args = ['commit', `--repo=${repo}`, '-b', 'never', place.at('tree')];
    expect(await bad([...args, '--sign=AAAA'])).toContain('Invalid ed25519 secret key');
    expect(await bad([...args, '--sign=x', '--sign-type=none'])).toBe('Requested signature type is not implemented');
    expect(await bad(['rev-parse', `--repo=${repo}`, 'never'])).toContain('not found');
  });
});

describe('static deltas', () => {
  const delta = (...args: string[]): string[] => ['static-delta', ...args, `--repo=${repo}`];
  let name = '';
  beforeAll(async () => {
    name = (await good(['rev-parse', `--repo=${repo}`, 'main'])).trim();
    await good(delta('generate', '--empty', 'main', '--min-fallback-size=0', `--keys-file=${place.at('one.secret')}`));
  });

  test('are verified', async () => {
    expect(await good(delta('verify', name, one.publicKey))).toBe('Verification OK\n');
    expect(await good(delta('verify', name, `--keys-dir=${place.at('keys')}`))).toBe('Verification OK\n');
    const failed = await ost(delta('verify', name, two.publicKey));
    expect(failed).toMatchObject({ code: 1, stdout: 'Verification fails\n' });
    expect(failed.stderr).toContain("Signature couldn't be verified with");
    const json = await ost(delta('verify', '--json', name, '--sign-type=spki'));
    expect(JSON.parse(json.stdout)).toEqual({
      delta: name,
      type: 'spki',
      valid: false,
      reason: 'absent',
      key: null,
      message: "no signature for 'ostree.sign.spki' in static-delta superblock",
    });
  });

  test('are applied only if they are what they have to be', async () => {
    const superblock = fs
      .readdirSync(place.at('repo/deltas'), { recursive: true, encoding: 'utf8' })
      .find((file) => file.endsWith('superblock'));
    const directory = place.at('repo/deltas', superblock ?? '', '..');
    const apply = async (...args: string[]): Promise<string[]> => {
      const target = place.at('target');
      fs.rmSync(target, { recursive: true, force: true });
      await good(['init', `--repo=${target}`, '--mode=bare-user-only']);
      if (args.includes('demand')) await good(['config', `--repo=${target}`, 'set', 'core.sign-verify-deltas', 'true']);
      return ['static-delta', 'apply-offline', `--repo=${target}`, ...args.filter((arg) => arg !== 'demand')];
    };
    await good(await apply(directory));
    await good(await apply(directory, one.publicKey, 'demand'));
    expect(await bad(await apply(directory, 'demand'))).toBe('Key is mandatory to check delta signature');
    expect(await bad(await apply(directory, two.publicKey))).toContain("Signature couldn't be verified with");
    expect(await bad(await apply(directory, `--keys-dir=${place.at('revoking')}`))).toContain('revoked key');
    const plain = place.at('plain/delta');
    fs.mkdirSync(place.at('plain'));
    await good(delta('generate', '--empty', 'main', '--min-fallback-size=0', `--filename=${plain}`));
    await good(await apply(plain));
    expect(await bad(await apply(plain, one.publicKey))).toBe('no signatures in static-delta');
    expect(await bad(await apply(plain, one.publicKey, 'demand'))).toBe('no signatures in static-delta');
  });
});

describe('remotes', () => {
  const client = async (name: string, ...args: string[]): Promise<string> => {
    const path = place.at(name);
    await good(['init', `--repo=${path}`, '--mode=bare-user-only']);
    await good(['remote', `--repo=${path}`, 'add', '--no-gpg-verify', ...args, 'origin', pathToFileURL(repo).href]);
    return path;
  };

  test('have any number of keys of any type', async () => {
    const path = await client(
      'several',
      `--sign-verify=ed25519=inline:${one.publicKey}`,
      `--sign-verify=ed25519=inline:${two.publicKey}`,
      `--sign-verify=ed25519=file:${place.at('one.public')}`,
    );
    const config = fs.readFileSync(`${path}/config`, 'utf8');
    expect(config).toContain(`verification-ed25519-key=${one.publicKey};${two.publicKey};\n`);
    expect(config).toContain(`verification-ed25519-file=${place.at('one.public')}\nsign-verify=ed25519\n`);
    await good(['pull', `--repo=${path}`, 'origin', 'direct']);
    await good(['pull', `--repo=${path}`, 'origin', 'main', 'files']);
  });

  test('verify the deltas that they send', async () => {
    for (const { secretKey } of [one, two]) await good(sign('main', secretKey));
    await good(['summary', `--repo=${repo}`, '-u']);
    const pull = async (name: string, { publicKey }: typeof one) => {
      const path = await client(name, `--sign-verify=ed25519=inline:${publicKey}`);
      return ['pull', `--repo=${path}`, '--require-static-deltas', 'origin', 'main'];
    };
    expect(await good(await pull('delta-good', one))).toContain('1 delta parts, ');
    const main = (await good(['rev-parse', `--repo=${repo}`, 'main'])).trim();
    expect(await bad(await pull('delta-bad', two))).toBe(
      `Can't verify static delta ${main}: ed25519: Signature couldn't be verified with: key '${hex(two.publicKey)}'`,
    );
  });

  test('with one key are what libostree writes', async () => {
    const path = await client('single', `--sign-verify=ed25519=inline:${one.publicKey}`);
    expect(fs.readFileSync(`${path}/config`, 'utf8')).toContain(
      `gpg-verify=false\nverification-ed25519-key=${one.publicKey}\nsign-verify=ed25519\n`,
    );
    await good(['pull', `--repo=${path}`, 'origin', 'files']);
    const direct = (await good(['rev-parse', `--repo=${repo}`, 'direct'])).trim();
    expect(await bad(['pull', `--repo=${path}`, 'origin', 'direct'])).toBe(
      `Can't verify commit ${direct}: ed25519: Signature couldn't be verified with: key '${hex(one.publicKey)}'`,
    );
  });

  test('are not added with malformed keys', async () => {
    const path = await client('strict');
    const add = (spec: string) => bad(['remote', `--repo=${path}`, 'add', `--sign-verify=${spec}`, 'x', 'http://x']);
    expect(await add('ed25519')).toBe('Failed to parse KEYTYPE=[inline|file]:DATA in ed25519');
    expect(await add('ed25519=AAAA')).toBe('Invalid key reference AAAA, expected inline|file');
    expect(await add('ed25519=inline:AAAA')).toContain('expected 32 bytes, got 3 bytes');
    expect(await add('ed25519=http:AAAA')).toBe('Invalid key reference http, expected inline|file');
    expect(await add('nosuch=inline:AAAA')).toBe('Requested signature type is not implemented');
    expect(await good(['remote', 'list', `--repo=${path}`])).toBe('origin\n');
  });

  test('may require signed summaries', async () => {
    const path = await client(
      'summary',
      '--set=sign-verify-summary=ed25519',
      `--set=verification-ed25519-key=${one.publicKey}`,
    );
    const pull = ['pull', `--repo=${path}`, 'origin', 'main'];
    await good(['summary', `--repo=${repo}`, '-u', `--sign=${two.secretKey}`]);
    expect(await bad(pull)).toMatch(/^ed25519: Signature couldn't be verified with: key/);
    await good(['summary', `--repo=${repo}`, '-u', `--sign-from-file=${place.at('both.secret')}`]);
    await good(pull);
    await good(['summary', `--repo=${repo}`, '-u']);
    expect(await bad(pull)).toContain('Signatures verification enabled, but no summary.sig found');
  });
});
