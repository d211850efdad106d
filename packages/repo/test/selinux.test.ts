import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitTree, FileContexts, loadSelinuxPolicy, selinuxPolicyOfCommit } from '@ost/repo';
import { commitDir, freshRepo, TIME } from './support/repos.js';
import { scratch, write } from './support/scratch.js';

const FILE = 0o100644;
const DIRECTORY = 0o040755;
const LINK = 0o120777;

interface Extra {
  readonly homedirs?: string;
  readonly local?: string;
  readonly subs?: string;
  readonly subsDist?: string;
}

function contexts(fileContexts: string, extra: Extra = {}): FileContexts {
  return new FileContexts({ fileContexts, homedirs: null, local: null, subs: null, subsDist: null, ...extra });
}

describe('file contexts', () => {
  it('let the last line win, and plain paths before all others', () => {
    const labels = contexts('/.* any\n/usr/.* usr\n/usr/x exact\n/usr/x.* later\n/usr/b\\.c escaped\n/usr/b.* b\n');
    expect(labels.lookup('/etc', DIRECTORY)).toBe('any');
    expect(labels.lookup('/usr/y', FILE)).toBe('usr');
    expect(labels.lookup('/usr/x', FILE)).toBe('exact');
    expect(labels.lookup('/usr/xy', FILE)).toBe('later');
    expect(labels.lookup('/usr/b.c', FILE)).toBe('escaped');
    expect(labels.lookup('/usr/b/c', FILE)).toBe('b');
  });

  it('keep to file types, unless none is asked for', () => {
    const labels = contexts('/x -- file\n/x -d directory\n/x -l link\n/none <<none>>\n/y -s socket\n/y -p pipe\n');
    expect([FILE, DIRECTORY, LINK, 0o644].map((mode) => labels.lookup('/x', mode))).toEqual([
      'file',
      'directory',
      'link',
      'link',
    ]);
    expect(labels.lookup('/none', FILE)).toBeNull();
    expect(labels.lookup('/y', 0o140000)).toBe('socket');
    expect(labels.lookup('/y', 0o010000)).toBe('pipe');
    expect(labels.lookup('/y', FILE)).toBeNull();
  });

  it('anchor both ends, which bind tighter than a bar', () => {
    const labels = contexts('/a|/b bar\n/(c|d) group\n');
    expect(['/a/more', '/before/b', '/c', '/cc', '/d'].map((path) => labels.lookup(path, FILE))).toEqual([
      'bar',
      'bar',
      'group',
      null,
      'group',
    ]);
  });

  it('compare the first directory as it is written', () => {
    // As in libselinux, an escape there never matches.
    expect(contexts('/a\\-b/c x\n').lookup('/a-b/c', FILE)).toBeNull();
    expect(contexts('/a-b/c x\n').lookup('/a-b/c', FILE)).toBe('x');
  });

  it('read homedirs and local after the main file', () => {
    const labels = contexts('/home/.* main\n', { homedirs: '/home/u/.* homedirs\n', local: '/home/u/l local\n' });
    expect(labels.lookup('/home/u/x', FILE)).toBe('homedirs');
    expect(labels.lookup('/home/u/l', FILE)).toBe('local');
  });

  it('substitute whole components: the last line first, local before distribution', () => {
    const labels = contexts('/.* any\n/usr/lib/.* lib\n/usr/bin/.* bin\n/ root\n', {
      subsDist: '# comment\n/lib /usr/lib\n/lib/bin /usr/bin\n/rooted /\n',
      subs: '/alias /lib\nincomplete\n',
    });
    expect(labels.lookup('/lib/x', FILE)).toBe('lib');
    expect(labels.lookup('/lib/bin/x', FILE)).toBe('bin');
    expect(labels.lookup('/library', FILE)).toBe('any');
    expect(labels.lookup('/alias/bin/x', FILE)).toBe('bin');
    expect(labels.lookup('/rooted/usr/lib/x', FILE)).toBe('lib');
    expect(labels.lookup('/rooted', FILE)).toBe('root');
    expect(labels.lookup('//usr///lib/x/', FILE)).toBe('lib');
  });

  it.each([
    ['/[[:digit:]]+[[:alpha:]_]*', ['/12ab_', '/7'], ['/ab']],
    ['/x{2,3}', ['/xx', '/xxx'], ['/x', '/xxxx']],
    ['/{x}', ['/{x}'], ['/x']],
    ['/[]a]+', ['/]a'], ['/b']],
    ['/[^]a]+', ['/bc'], ['/]']],
    ['/\\Qa.b\\E.*', ['/a.bc'], ['/axb']],
    ['/(?!no)[^/]+', ['/yes'], ['/no1']],
    ['/\\x41\\x{42}\\103?', ['/AB', '/ABC'], ['/A']],
    ['/a\\', ['/a$', '/a$more'], ['/a']],
    ['/(?P<n>a|b)\\1', ['/aa'], ['/ab']],
    ['/.', ['/\n', '/a'], ['/é']],
    ['/..', ['/é'], ['/e']],
    ['/a', ['/a', '/a\n'], ['/a\n\n']],
    ['/a(?#comment)b', ['/ab'], ['/a']],
    ['/a\\s\\h\\d', ['/a\t 1'], ['/a\u{a0} 1']],
  ])('understand %s', (regex, matching, others) => {
    const labels = contexts(`${regex} label\n`);
    for (const path of matching) expect([path, labels.lookup(path, FILE)]).toEqual([path, 'label']);
    for (const path of others) expect([path, labels.lookup(path, FILE)]).toEqual([path, null]);
  });

  it.each([
    ['/a++', 'unsupported'],
    ['/(?>a)', 'unsupported'],
    ['/(?i)a', 'unsupported'],
    ['/(*FAIL)a', 'unsupported'],
    ['/\\p{L}', 'unsupported'],
    ['/\\x{100}', 'unsupported'],
    ['/[[:^digit:]]', 'unsupported'],
    ['/[a', 'unsupported'],
    ['/(a', 'config'],
    ['/*+a', 'unsupported'],
  ])('refuse %s when they come to it', (regex, code) => {
    const labels = contexts(`${regex} label\n`);
    expect(() => labels.lookup('/a', FILE)).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ['/x', 'file_contexts: line 2 is missing fields'],
    ['/x -q y', 'file_contexts: line 2 has invalid file type -q'],
    ['/é y', 'file_contexts: line 2 has characters that are not ASCII'],
  ])('refuse the line %s', (line, message) => {
    expect(() => contexts(`# é\n${line}\n`)).toThrow(message);
  });
});

/** A root directory with a policy. */
function policyRoot(files: Readonly<Record<string, string>> = {}, at = 'usr/etc/selinux'): string {
  const all = {
    config: 'SELINUX=enforcing\nSELINUXTYPE=example\n',
    'example/policy/policy.33': '',
    'example/contexts/files/file_contexts': '/ root\n/usr(/.*)? usr\n/mnt mnt\n/etc(/.*)? etc\n',
    ...files,
  };
  return write(join(scratch(), 'root'), Object.fromEntries(Object.entries(all).map(([k, v]) => [`${at}/${k}`, v])));
}

describe('a policy', () => {
  it('is found in etc or usr/etc, and only when it is switched on', () => {
    expect(loadSelinuxPolicy(policyRoot())?.name).toBe('example');
    expect(loadSelinuxPolicy(policyRoot({}, 'etc/selinux'))?.label('/usr/x', FILE)).toBe('usr');
    expect(loadSelinuxPolicy(policyRoot({ config: 'SELINUX=PERMISSIVE\nSELINUXTYPE= example \n' }))).not.toBeNull();
    expect(loadSelinuxPolicy(policyRoot({ config: 'SELINUX=disabled\nSELINUXTYPE=example\n' }))).toBeNull();
    expect(loadSelinuxPolicy(scratch())).toBeNull();
    // An empty directory in etc hides the other one.
    const hidden = policyRoot();
    fs.mkdirSync(join(hidden, 'etc/selinux'), { recursive: true });
    expect(loadSelinuxPolicy(hidden)).toBeNull();
  });

  it('labels /proc as a mount point, and usr/etc by the rules asked for', () => {
    const policy = loadSelinuxPolicy(policyRoot());
    expect(policy?.label('/proc', DIRECTORY)).toBe('mnt');
    expect(policy?.label('/var', DIRECTORY)).toBeNull();
    const info = { uid: 0, gid: 0, mode: FILE };
    const text = (epoch: 0 | 1): string =>
      Buffer.from(policy?.labeler(epoch)('/usr/etc/x', info)?.value ?? []).toString();
    expect([text(0), text(1)]).toEqual(['usr\0', 'etc\0']);
  });

  it('must be complete', () => {
    const files = 'example/contexts/files/file_contexts';
    expect(() => loadSelinuxPolicy(policyRoot({ config: 'SELINUX=enforcing\nSELINUXTYPE=other\n' }))).toThrow(
      /With policy root '.*other': selabel_open\(SELABEL_CTX_FILE\): No such file or directory/,
    );
    expect(() => loadSelinuxPolicy(policyRoot({ [files]: '/x y\n' }))).toThrow('Failed to look up context of /');
    const noBinary = policyRoot();
    fs.rmSync(join(noBinary, 'usr/etc/selinux/example/policy'), { recursive: true });
    expect(() => loadSelinuxPolicy(noBinary)).toThrow('Could not find binary policy file');
    expect(() => loadSelinuxPolicy('/nowhere/at/all')).toThrow('opendir(/nowhere/at/all): No such file or directory');
  });

  it('is read from a commit, and labels another', async () => {
    const repo = await freshRepo('archive');
    const { checksum } = await commitDir(repo, policyRoot());
    const policy = await selinuxPolicyOfCommit(repo, checksum);
    expect(policy?.label('/usr/x', FILE)).toBe('usr');
    expect(fs.readdirSync(join(repo.path, 'tmp'))).toEqual(['cache']);
    const plain = await commitDir(repo, write(join(scratch(), 'plain'), { x: '' }));
    expect(await selinuxPolicyOfCommit(repo, plain.checksum)).toBeNull();
    const modifier = { filter: null, noXattrs: true, label: policy?.labeler() ?? null };
    const labelled = await commitTree(repo, [{ type: 'ref', rev: plain.checksum }], {
      branch: 'labelled',
      timestamp: TIME,
      modifier,
    });
    const { xattrs } = repo.loadDirMeta(repo.loadCommit(labelled.checksum).meta);
    expect(xattrs.map((x) => [Buffer.from(x.name).toString(), Buffer.from(x.value).toString()])).toEqual([
      ['security.selinux', 'root\0'],
    ]);
  });
});
