import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasGpg, makeKey, type SigningKey } from '../src/gpg.js';
import { oddTree } from '../src/odd-tree.js';
import { ost, type Program, reference } from '../src/programs.js';
import { commit, init } from '../src/repos.js';
import { attempt, execute, run } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

/** The one engine that every build of libostree has. */
const env = { OSTREE_DUMMY_SIGN_ENABLED: '1' };
const dummy = '--sign-type=dummy';
const dir = scratch('signatures');
const tree = join(dir, 'tree');
const sides = [
  { writer: ost, reader: reference, name: 'ost signs, libostree verifies' },
  { writer: reference, reader: ost, name: 'libostree signs, ost verifies' },
];

/** Last line of what a program complains about. */
const complaint = (program: Program, args: readonly string[]): string => {
  const { code, stderr } = attempt(program, args, { env });
  return `${code}: ${stderr.trimEnd().split('\n').at(-1)}`;
};

beforeAll(() => oddTree(tree));

/** A repository with a signed commit on `main`, and its checksum. */
function signed(writer: Program, ...keys: readonly string[]): { repo: string; checksum: string } {
  const repo = init(reference, join(dir, fresh('repo')), 'archive');
  const checksum = commit(reference, repo, '-b', 'main', '-s', 'Signed', tree);
  run(writer, ['sign', `--repo=${repo}`, dummy, checksum, ...keys], { env });
  return { repo, checksum };
}

const metadataFile = (repo: string, checksum: string): string =>
  join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}.commitmeta`);

describe('the same bytes', () => {
  it('of detached metadata', () => {
    const files = [ost, reference].map((writer) => {
      const { repo, checksum } = signed(writer, 'one', 'another');
      return readFileSync(metadataFile(repo, checksum)).toString('hex');
    });
    expect(files[0]).toBe(files[1]);
  });

  it('of detached metadata of a new commit, besides other entries', () => {
    const files = [ost, reference].map((writer) => {
      const repo = init(reference, join(dir, fresh('repo')), 'archive');
      const more = ['--add-detached-metadata-string=key=value', '--sign=one', '--sign=two', dummy];
      const args = ['commit', `--repo=${repo}`, '--timestamp=@1650000000', '-b', 'main', ...more, tree];
      return readFileSync(metadataFile(repo, run(writer, args, { env }).trim())).toString('hex');
    });
    expect(files[0]).toBe(files[1]);
  });

  it('of summary.sig', () => {
    const { repo } = signed(reference, 'one');
    const files = [ost, reference].map((writer) => {
      run(writer, ['summary', `--repo=${repo}`, '-u', '--sign=one', '--sign=two', dummy], { env });
      return readFileSync(join(repo, 'summary.sig')).toString('hex');
    });
    expect(files[0]).toBe(files[1]);
  });
});

describe.each(sides)('$name', ({ writer, reader }) => {
  it('a commit', () => {
    const { repo, checksum } = signed(writer, 'key');
    const verify = ['sign', `--repo=${repo}`, '--verify', dummy, checksum];
    expect(run(reader, [...verify, 'other', 'key'], { env })).toBe('dummy: Signature verified\n');
    expect(complaint(reader, [...verify, 'other'])).toContain('No valid signatures found');
  });

  it('a static delta', () => {
    const { repo, checksum } = signed(writer, 'key');
    run(writer, ['static-delta', 'generate', `--repo=${repo}`, '--empty', 'main', '--inline', '--sign=key', dummy], {
      env,
    });
    const verify = ['static-delta', 'verify', `--repo=${repo}`, dummy, checksum];
    expect(run(reader, [...verify, 'key'], { env })).toBe('Verification OK\n');
    expect(complaint(reader, [...verify, 'other'])).toBe('1: error: signature: dummy: incorrect signatures found: 1');
  });

  it('what a remote has', () => {
    const { repo } = signed(writer, 'key');
    run(writer, ['summary', `--repo=${repo}`, '-u', '--sign=key', dummy], { env });
    const client = (key: string): string => {
      const path = init(reader, join(dir, fresh('client')), 'archive');
      const keys = ['--set=sign-verify-summary=dummy', `--sign-verify=dummy=inline:${key}`];
      run(reader, ['remote', `--repo=${path}`, 'add', '--no-gpg-verify', ...keys, 'origin', `file://${repo}`], { env });
      return path;
    };
    const pull = (path: string): string[] => ['pull', `--repo=${path}`, 'origin', 'main'];
    run(reader, pull(client('key')), { env });
    expect(complaint(reader, pull(client('other')))).toBe('1: error: signature: dummy: incorrect signatures found: 1');
    rmSync(join(repo, 'summary.sig'));
    expect(complaint(reader, pull(client('key')))).toContain(
      'Signatures verification enabled, but no summary.sig found',
    );
  });
});

describe('the same words', () => {
  it('about remotes that cannot be trusted', () => {
    const { repo } = signed(reference, 'key');
    const other = signed(reference, 'wrong');
    const unsigned = init(reference, join(dir, fresh('repo')), 'archive');
    commit(reference, unsigned, '-b', 'main', tree);
    const words = (program: Program, source: string, ...keys: readonly string[]): string => {
      const path = init(program, join(dir, fresh('client')), 'archive');
      const set = keys.map((key) => `--set=${key}`);
      run(program, ['remote', `--repo=${path}`, 'add', '--no-gpg-verify', ...set, 'origin', `file://${source}`], {
        env,
      });
      return complaint(program, ['pull', `--repo=${path}`, 'origin', 'main']);
    };
    const cases: readonly (readonly [source: string, ...keys: string[]])[] = [
      [repo, 'sign-verify=dummy'],
      [repo, 'sign-verify=nosuch'],
      [repo, 'sign-verify=dummy;nosuch', 'verification-dummy-key=key'],
      [repo, 'sign-verify=true', 'verification-dummy-key=nokey'],
      [other.repo, 'sign-verify=dummy', 'verification-dummy-key=key'],
      [repo, 'sign-verify-summary=dummy', 'verification-dummy-key=key'],
      [repo, 'sign-verify=dummy', 'verification-dummy-key=key'],
    ];
    for (const program of [ost, reference]) {
      const said = words(program, unsigned, 'sign-verify=dummy', 'verification-dummy-key=key');
      expect(said).toContain("1: error: Can't verify commit");
    }
    for (const [source, ...keys] of cases) {
      expect(words(ost, source, ...keys), keys.join(' ')).toBe(words(reference, source, ...keys));
    }
  });

  it('about wrong calls of sign', () => {
    const { repo, checksum } = signed(reference, 'key');
    for (const args of [[], [checksum], ['--sign-type=nosuch', checksum, 'key'], ['nosuch', 'key']]) {
      const line = ['sign', `--repo=${repo}`, ...args];
      expect(complaint(ost, line), args.join(' ')).toBe(complaint(reference, line));
    }
  });
});

describe.skipIf(!hasGpg)('OpenPGP, by both programs', () => {
  // Short, because the agent's socket lies in it.
  const home = mkdtempSync(join(tmpdir(), 'ost-k-'));
  let key: SigningKey;
  let repo: string;
  beforeAll(() => {
    key = makeKey(home, 'Signer');
    repo = init(reference, join(dir, fresh('repo')), 'archive');
    commit(reference, repo, '-b', 'main', `--gpg-sign=${key.id}`, `--gpg-homedir=${home}`, tree);
  });
  afterAll(() => {
    execute(['gpgconf', '--kill', 'all'], { env: { GNUPGHOME: home } });
    rmSync(home, { recursive: true, force: true });
  });

  const client = (program: Program): string => {
    const path = init(program, join(dir, fresh('client')), 'archive');
    run(program, ['remote', `--repo=${path}`, 'add', 'origin', `file://${repo}`]);
    return path;
  };

  it('takes a keybox for the keyring of a remote', () => {
    const listed = [ost, reference].map((program) => {
      const path = client(program);
      expect(complaint(program, ['pull', `--repo=${path}`, 'origin', 'main'])).toContain('public key not found');
      copyFileSync(join(home, 'pubring.kbx'), join(path, 'origin.trustedkeys.gpg'));
      run(program, ['pull', `--repo=${path}`, 'origin', 'main']);
      return run(program, ['remote', `--repo=${path}`, 'gpg-list-keys', 'origin']);
    });
    expect(listed[0]).toBe(listed[1]);
  });

  it('uses the same words about keys that are not there', () => {
    const path = client(reference);
    const missing = join(home, 'missing');
    const junk = join(home, 'junk');
    writeFileSync(junk, 'no key');
    const lines = [
      ['remote', 'gpg-import', 'origin', '-k', missing],
      ['remote', 'gpg-import', 'origin', '-k', home],
      ['remote', 'gpg-import', 'origin', '-k', junk],
      ['remote', 'gpg-import', 'origin', '-k', key.publicKey, 'DEADBEEFDEADBEEF'],
      ['remote', 'gpg-import', 'unknown', '-k', junk],
      ['remote', 'gpg-import', 'unknown', '-k', missing],
      ['remote', 'gpg-list-keys', 'unknown'],
      ['remote', 'add', `--gpg-import=${missing}`, '--if-not-exists', 'origin', 'http://localhost'],
      ['remote', 'add', '--sign-verify=dummy=key', 'other', 'http://localhost'],
    ];
    const signed = [
      ['gpg-sign', 'main', 'DEADBEEFDEADBEEF', `--gpg-homedir=${home}`],
      ['gpg-sign', 'main', key.id, `--gpg-homedir=${missing}`],
      ['show', 'main', `--gpg-homedir=${missing}`],
      ['show', 'main', '--gpg-verify-remote=unknown'],
    ];
    const cases = [...lines.map((line) => [path, line] as const), ...signed.map((line) => [repo, line] as const)];
    for (const [target, line] of cases) {
      const args = [...line, `--repo=${target}`];
      expect(complaint(ost, args), line.join(' ')).toBe(complaint(reference, args));
    }
  });
});
