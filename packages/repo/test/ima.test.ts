import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { lsetxattr } from '@ost/linux';
import { checkout, imaSign, type ImaSignOptions, lookupPath, type Repo } from '@ost/repo';
import { assertSound, commitDir, freshRepo } from './support/repos.js';
import { describeInterop, ostreeFsck } from './support/ostree.js';
import { isRoot, scratch, write } from './support/scratch.js';
import { noise } from './support/tree.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
const pem = (key: typeof rsa): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const IMA = Buffer.from('security.ima');

async function tree(): Promise<{ repo: Repo; dir: string; source: string }> {
  const repo = await freshRepo('bare-user');
  const dir = write(join(scratch(), 'tree'), {
    file: 'content',
    twin: 'content',
    'sub/empty': '',
    large: noise(3 << 20),
  });
  fs.chmodSync(join(dir, 'file'), 0o640);
  fs.symlinkSync('file', join(dir, 'link'));
  const { checksum } = await commitDir(repo, dir, { bindRefs: ['signed'], body: 'body' });
  return { repo, dir, source: checksum };
}

async function signed(repo: Repo, options: Partial<ImaSignOptions> = {}): Promise<string> {
  const { checksum } = await imaSign(repo, repo.resolve('main'), 'signed', {
    algorithm: 'sha256',
    key: pem(rsa),
    ...options,
  });
  return checksum;
}

/** The value of the attribute of a file in the signed commit. */
function value(repo: Repo, path: string): Buffer | null {
  const { contents, meta } = repo.loadCommit(repo.resolve('signed'));
  const entry = lookupPath(repo, { contents, meta }, path);
  if (entry?.type !== 'file') throw new Error(`${path} is no file`);
  const { xattrs } = repo.loadFile(entry.checksum).header;
  const found = xattrs.find(({ name }) => IMA.equals(name));
  return found === undefined ? null : Buffer.from(found.value);
}

describe('a commit with signed files', () => {
  it('differs in their signatures alone', async () => {
    const { repo, dir, source } = await tree();
    const checksum = await signed(repo);
    expect(repo.resolve('signed')).toBe(checksum);
    const [before, after] = [repo.loadCommit(repo.resolve(source)), repo.loadCommit(repo.resolve('signed'))];
    expect({ ...after, contents: null }).toEqual({ ...before, contents: null });
    expect(after.contents).not.toBe(before.contents);
    expect(value(repo, '/link')).toBeNull();

    const head = value(repo, '/file') ?? Buffer.alloc(0);
    const identifier = createHash('sha1')
      .update(createPublicKey(rsa).export({ type: 'pkcs1', format: 'der' }))
      .digest();
    expect(head.subarray(0, 9)).toEqual(
      Buffer.concat([Buffer.from([3, 2, 4]), identifier.subarray(-4), Buffer.from([1, 0])]),
    );
    for (const name of ['file', 'twin', 'sub/empty', 'large']) {
      const signature = value(repo, `/${name}`)?.subarray(9) ?? Buffer.alloc(0);
      const verify = createVerify('sha256').update(fs.readFileSync(join(dir, name)));
      expect(verify.verify(createPublicKey(rsa), signature), name).toBe(true);
    }
    await assertSound(repo);
    await checkout(repo, repo.resolve('signed'), join(scratch(), 'out'), { userMode: true });
  });

  it('keeps signatures that are there, unless told otherwise', async () => {
    const { repo } = await tree();
    const first = await signed(repo);
    await repo.setRef({ remote: null, name: 'main' }, repo.resolve('signed'));
    expect(await signed(repo, { algorithm: 'sha512' })).toBe(first);
    expect(await signed(repo, { algorithm: 'sha512', overwrite: true })).not.toBe(first);
    expect(value(repo, '/file')?.[2]).toBe(6);
    expect(await signed(repo, { overwrite: true })).toBe(first);
  });

  it('takes elliptic keys, whose signatures have a length of their own', async () => {
    const { repo } = await tree();
    await signed(repo, { key: pem(ec), algorithm: 'sha384' });
    const bytes = value(repo, '/twin') ?? Buffer.alloc(0);
    expect([bytes[2], bytes.readUInt16BE(7)]).toEqual([5, bytes.length - 9]);
    expect(createVerify('sha384').update('content').verify(createPublicKey(ec), bytes.subarray(9))).toBe(true);
  });
});

test('what cannot be signed with is refused, and nothing moves', async () => {
  const { repo } = await tree();
  await expect(signed(repo, { algorithm: 'md5' })).rejects.toThrow("Unknown hash algorithm 'md5'");
  await expect(signed(repo, { key: 'no key' })).rejects.toThrow('The key is no private key');
  const key = generateKeyPairSync('ed25519').privateKey;
  await expect(signed(repo, { key: pem(key) })).rejects.toThrow('A key of type ed25519 cannot sign for IMA');
  const plain = await freshRepo('bare-user-only');
  await commitDir(plain, write(join(scratch(), 'tree'), { file: '' }));
  await expect(signed(plain)).rejects.toThrow('cannot hold extended attributes');
  expect(repo.resolveIfPresent('signed')).toBeNull();
});

const haveEvmctl = spawnSync('evmctl', ['--version']).status === 0;
if (!haveEvmctl) console.log('skipped: comparison with evmctl: not here (Debian: ima-evm-utils)');

describe.skipIf(!haveEvmctl || !isRoot)('evmctl', () => {
  it.each([
    ['RSA', rsa, 'sha256'],
    ['RSA', rsa, 'sha1'],
    ['EC', ec, 'sha512'],
  ] as const)('verifies what was signed with a key of type %s', async (_, key, algorithm) => {
    const { repo, dir } = await tree();
    const place = scratch();
    const keys = write(place, { 'key.pem': pem(key) });
    await signed(repo, { key: pem(key), algorithm });
    // It wants the public key in a certificate.
    const request = ['req', '-x509', '-new', '-key', `${keys}/key.pem`, '-subj', '/CN=test', '-outform', 'DER'];
    spawnSync('openssl', [...request, '-out', `${keys}/key.der`]);
    for (const name of ['file', 'large', 'sub/empty']) {
      const path = join(dir, name);
      lsetxattr(path, IMA, value(repo, `/${name}`) ?? Buffer.alloc(0));
      const verify = ['ima_verify', '--hashalgo', algorithm, '--key', `${keys}/key.der`, path];
      expect(spawnSync('evmctl', verify, { encoding: 'utf8' }).stderr).toContain('verification is OK');
    }
  });
});

describeInterop('the reference implementation', () => {
  it('finds nothing wrong', async () => {
    const { repo } = await tree();
    await signed(repo);
    ostreeFsck(repo.path);
  });
});
