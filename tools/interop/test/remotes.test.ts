import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasGpg, makeKey, type SigningKey } from '../src/gpg.js';
import { type Program, ost, programs, reference } from '../src/programs.js';
import { init } from '../src/repos.js';
import { attempt, run, type RunOptions } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

const dir = scratch('remotes');

/** What a program says to each of several commands on a repository of its own, and the configuration that this leaves. */
function session(program: Program, lines: readonly (readonly string[])[], options: RunOptions = {}): unknown {
  const repo = init(reference, join(dir, fresh('repo')), 'archive');
  const said = lines.map(([command = '', ...words]) => {
    const all = ['remote', command, `--repo=${repo}`, ...words];
    const { code, stdout, stderr } = attempt(program, all, { cwd: repo, ...options });
    const errors = stderr.slice(Math.max(0, stderr.indexOf('error:')));
    return { code, stdout: stdout.replaceAll(/^Expires: .*/gm, 'Expires: …'), errors: errors.replaceAll(repo, 'REPO') };
  });
  return { said, config: readFileSync(join(repo, 'config'), 'utf8') };
}

const SESSIONS: Readonly<Record<string, readonly string[]>> = {
  'branches and another place for content': [
    'add --contenturl=http://c/ one http://a/ x y',
    'list',
    'list --show-urls',
  ],
  'a backend of its own': ['add --custom-backend=foo one', 'list', 'show-url one', 'list --show-urls'],
  'a remote that is there': ['add one http://a/', 'add one http://b/', 'show-url one'],
  '--if-not-exists': ['add one http://a/', 'add --if-not-exists one http://b/', 'show-url one'],
  '--force': ['add --set=k=v one http://a/', 'add --force one http://b/', 'show-url one'],
  'both of them': ['add --force --if-not-exists one http://a/'],
  'no verification': ['add --no-gpg-verify one http://a/', 'add --no-sign-verify two metalink=http://m/'],
  'verification with and without': ['add --no-sign-verify --sign-verify=ed25519=inline:A one http://a/'],
  'a key that is none': ['add --sign-verify=ed25519 one http://a/'],
  'options of its own': ['add --set=a=1 --set=b=2=3 one http://a/', 'add --set=c two http://a/'],
  'a collection': ['add --collection-id=org.example.Own one http://a/', 'add --collection-id=x two http://a/'],
  'names that are none': ['add a/b http://a/', 'add only', 'add'],
  'one that goes': ['add one http://a/', 'delete one', 'delete one', 'delete --if-exists one', 'delete', 'list'],
  cookies: [
    'add one http://a/',
    'add-cookie one example.com /p name value',
    'add-cookie one example.com /q other word',
    'list-cookies one',
    'delete-cookie one example.com /p none',
    'delete-cookie one example.com /p name',
    'list-cookies one',
  ],
  'a remote that cannot be asked': ['add one file:///no/where', 'refs one', 'summary one', 'refs two', 'summary two'],
};

it.each(Object.entries(SESSIONS))('%s', (_name, lines) => {
  const words = lines.map((line) => line.split(' '));
  const [ours, theirs] = programs.map((program) => session(program, words));
  expect(ours).toEqual(theirs);
});

describe.skipIf(!hasGpg)('keys of a remote', () => {
  let key: SigningKey;
  beforeAll(() => {
    key = makeKey(join(dir, 'k'), 'Signer');
  });

  it.each([
    ['--keyring', (words: readonly string[]) => [...words, `--keyring=${key.publicKey}`], {}],
    ['--stdin', (words: readonly string[]) => [...words, '--stdin'], { input: true }],
    ['both', (words: readonly string[]) => [...words, '--stdin', `--keyring=${key.publicKey}`], { input: true }],
    ['some of them', (words: readonly string[]) => [...words, `--keyring=${key.publicKey}`, key.id], {}],
    ['one that is not there', (words: readonly string[]) => [...words, `--keyring=${key.publicKey}`, 'ABCDEF01'], {}],
  ])('gpg-import %s', (_name, make, { input = false }: { input?: boolean }) => {
    const lines = [['add', 'one', 'http://a/'], make(['gpg-import', 'one']), ['gpg-list-keys', 'one']];
    const options = input ? { input: readFileSync(key.publicKey) } : {};
    const [ours, theirs] = programs.map((program) => session(program, lines, options));
    expect(ours).toEqual(theirs);
  });

  it('as JSON', () => {
    const repo = init(ost, join(dir, fresh('repo')), 'archive');
    run(ost, ['remote', 'add', `--repo=${repo}`, `--gpg-import=${key.publicKey}`, 'one', 'http://a/']);
    const keys: unknown = JSON.parse(run(ost, ['remote', 'gpg-list-keys', `--repo=${repo}`, '--json', 'one']));
    const part = { revoked: false, invalid: false };
    const found = { text: 'Signer', advancedUrl: '', directUrl: '' };
    expect(keys).toEqual([
      {
        fingerprint: key.id,
        created: expect.any(Number) as number,
        expires: null,
        expired: false,
        ...part,
        userIds: [{ ...found, ...part }],
        subkeys: [],
      },
    ]);
  });
});
