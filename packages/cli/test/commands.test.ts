import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, ost, Place } from './support/ost.js';

const place = new Place();
let repo: string;
let tip: string;

beforeAll(async () => {
  repo = await place.repo();
  tip = (await good(['rev-parse', 'main', `--repo=${repo}`])).trim();
});
afterAll(() => place.remove());

/** Runs a command on the repository. */
function on(...argv: string[]): Promise<string> {
  return good([`--repo=${repo}`, ...argv]);
}

function failing(...argv: string[]): Promise<string> {
  return bad([`--repo=${repo}`, ...argv]);
}

async function json(...argv: string[]): Promise<unknown> {
  return JSON.parse(await on(...argv, '--json'));
}

test('the same tree, owner, time and message give the same commit everywhere', () => {
  expect(tip).toMatchInlineSnapshot(`"b4e49ff8f685eb840b3ec196c48b052fc5142707fe622d64e33443dcbc190f33"`);
});

describe('reading', () => {
  test('rev-parse', async () => {
    expect(await on('rev-parse', 'main', tip.slice(0, 8))).toBe(`${tip}\n${tip}\n`);
    expect(await failing('rev-parse', 'nope')).toBe("Refspec 'nope' not found");
    expect(await json('rev-parse', 'main')).toEqual([{ rev: 'main', checksum: tip }]);
  });

  test('log', async () => {
    expect(await on('log', 'main')).toContain('Date:  2023-11-14 22:13:20 +0000\n\n    First\n\n    The body\n\n');
    expect(await failing('log')).toBe('A rev argument is required');
    const { commits, truncated } = (await json('log', 'main')) as { commits: object[]; truncated: boolean };
    expect(truncated).toBe(false);
    expect(commits).toHaveLength(1);
    expect(commits[0]).toMatchObject({ checksum: tip, parent: null, subject: 'First', timestamp: 1_700_000_000 });
  });

  test('show', async () => {
    expect(await on('show', tip)).toMatch(/^commit [0-9a-f]{64}\nContentChecksum: {2}/);
    expect(await failing('show', 'f'.repeat(64))).toBe(`Couldn't find file object '${'f'.repeat(64)}'`);
    expect(await on('show', '--list-metadata-keys', 'main')).toBe('ostree.ref-binding\n');
    const shown = {
      type: 'commit',
      metadata: { 'ostree.ref-binding': ['main'] },
      detachedMetadata: null,
      partial: false,
    };
    expect(await json('show', 'main')).toMatchObject(shown);
  });

  test('ls', async () => {
    expect(await on('ls', 'main')).toBe(
      [
        'd00755 0 0      0 /',
        '-00644 0 0      6 /hello.txt',
        'l00777 0 0      0 /link -> hello.txt',
        'd00755 0 0      0 /sub',
        '',
      ].join('\n'),
    );
    expect(await failing('ls', 'main', '/nope')).toBe("Inspecting path '/nope': No such file or directory: /nope");
    const rows = (await json('ls', '-R', 'main')) as { path: string; type: string }[];
    expect(rows.map(({ path, type }) => `${type} ${path}`)).toEqual([
      'directory /',
      'file /hello.txt',
      'symlink /link',
      'directory /sub',
      'file /sub/run',
    ]);
  });

  test('cat', async () => {
    expect(await on('cat', 'main', '/hello.txt', '/link')).toBe('hello\nhello\n');
    expect(await failing('cat', 'main', '/sub')).toBe("Can't open directory");
  });

  test('diff', async () => {
    place.tree('changed');
    place.write('changed/hello.txt', 'other\n');
    place.write('changed/new', '');
    fs.rmSync(place.at('changed/link'));
    await place.commit(repo, 'changed', [], 'changed');
    expect(await on('diff', 'main', 'changed')).toBe('M    /hello.txt\nD    /link\nA    /new\n');
    expect(await failing('diff')).toBe('REV must be specified');
    expect(await json('diff', 'main', 'changed', '--stats', '--fs-diff')).toMatchObject({
      modified: ['/hello.txt'],
      removed: ['/link'],
      added: ['/new'],
      stats: { objectsA: 7 },
    });
  });

  test('checksum', async () => {
    const name = place.at('tree/hello.txt');
    expect(await good(['checksum', '--ignore-xattrs', name])).toMatch(/^[0-9a-f]{64}\n$/);
    expect(await bad(['checksum', place.at('nope')])).toMatch(/^Error when getting information for file “.*nope”/);
  });

  test('refs', async () => {
    await on('refs', '--create=one/two', 'main');
    expect(await on('refs', 'one')).toBe('two\n');
    expect(await on('refs', '--list', 'one', '-r')).toBe(`one/two\t${tip}\n`);
    expect(await failing('refs', '--create=one/two', 'main')).toBe('--create specified but ref one/two already exists');
    await on('refs', '-A', '--create=alias', 'one/two');
    expect(await on('refs', '-A')).toBe('alias -> one/two\n');
    expect(await failing('refs', '--delete', 'one/two')).toBe("Ref 'one/two' has an active alias: 'alias'");
    expect(await json('refs', 'alias')).toEqual([
      { collection: null, remote: null, name: 'alias', checksum: tip, alias: 'one/two' },
    ]);
    await on('refs', '--delete', 'alias');
    await on('refs', '--delete', 'one/two');
    expect(await on('refs', 'one')).toBe('');
  });

  test('config', async () => {
    await on('config', 'set', 'some.key', 'a value');
    expect(await on('config', 'get', 'some.key')).toBe('a value\n');
    expect(await json('config', 'get', 'some.key')).toEqual({ group: 'some', key: 'key', value: 'a value' });
    await on('config', 'unset', 'some.key');
    expect(await failing('config', 'get', 'some.key')).toBe('Key file does not have key “key” in group “some”');
  });
});

describe('writing', () => {
  test('init', async () => {
    await good(['init', `--repo=${place.at('new')}`, '--mode=bare-user-only', '--collection-id=org.example.X']);
    expect(fs.readFileSync(place.at('new/config'), 'utf8')).toContain('collection-id=org.example.X\n');
    expect(await bad(['init', `--repo=${place.at('other')}`, '--mode=x'])).toMatch(/^Invalid mode 'x'/);
  });

  test('commit', async () => {
    expect(await place.commit(repo, 'copy', ['-s', 'First', '-m', 'The body', '--skip-if-unchanged'])).toMatch(
      /^[0-9a-f]+$/,
    );
    const table = await place.commit(repo, 'copy', ['--table-output']);
    expect(table).toMatch(
      /^Commit: [0-9a-f]{64}\nMetadata Total: 5\nMetadata Written: 1\nContent Total: 3\nContent Written: 0\n/,
    );
    expect(await failing('commit', place.at('tree'))).toBe('A branch must be specified with --branch, or use --orphan');
    expect(await failing('commit', '-b', 'x', `--tree=tar=${place.at('x.tar')}`)).toBe(
      `archive_read_open_filename: Failed to open '${place.at('x.tar')}'`,
    );
    expect(await failing('commit', '-b', 'x', '--tree=tar=-', '--tar-pathname-filter=x')).toBe(
      "Missing ',' in --tar-pathname-filter",
    );
  });

  test('export, and commit of what it wrote', async () => {
    const file = place.at('main.tar');
    const archive = await on('export', 'main');
    expect(archive.length % 10_240).toBe(0);
    expect(await on('export', 'main', '-o', file)).toBe('');
    expect(archive.startsWith(fs.readFileSync(file, 'utf8'))).toBe(true);
    const fixed = ['commit', `--repo=${repo}`, '--timestamp=@1700000000', '--orphan', '--no-bindings'];
    const sums = [
      await good([...fixed, `--tree=tar=${file}`]),
      await good([...fixed, '--tree=tar=-'], { stdin: archive }),
      await good([...fixed, '--tree=ref=main']),
    ];
    expect(new Set(sums).size).toBe(1);
    const prefixed = await on('export', 'main', '--subpath=/sub', '--prefix=p/');
    const filter = ['--tar-autocreate-parents', '--tar-pathname-filter=^p/,q/'];
    await good([...fixed, '-b', 'moved', ...filter, '--tree=tar=-'], { stdin: prefixed });
    expect(await on('ls', 'moved', '-R', '--nul-filenames-only')).toBe('/\0/q\0/q/run\0');
    expect(await failing('export')).toBe('A COMMIT argument is required');
    expect(await failing('export', 'main', '-o', place.at('no/such/place'))).toMatch(/^Failed to open '.*place'$/);
    expect(await failing('export', 'main', '--subpath=nope')).toBe('No such file or directory: nope');
  });

  test('commit with an editor', async () => {
    const script = place.at('editor');
    place.write('editor', '#!/bin/sh\nprintf "Subject\\n\\nBody  \\n# gone\\n" > "$1"\n', 0o755);
    const env = { PATH: process.env['PATH'], EDITOR: script, TERM: 'xterm' };
    await good(['commit', `--repo=${repo}`, '-b', 'edited', '-e', '--owner-uid=0', place.at('tree')], { env });
    expect(await on('log', 'edited')).toContain('\n\n    Subject\n\n    Body\n\n');
    const dumb = { PATH: process.env['PATH'] };
    expect(await bad(['commit', `--repo=${repo}`, '-b', 'x', '-e', place.at('tree')], { env: dumb })).toBe(
      'Terminal is dumb, but EDITOR unset',
    );
  });

  test('lists that do not match', async () => {
    place.write('list', '/nope\n');
    const { code, stderr } = await ost([
      'commit',
      `--repo=${repo}`,
      '-b',
      'x',
      `--skip-list=${place.at('list')}`,
      place.at('tree'),
    ]);
    expect(code).toBe(1);
    expect(stderr).toBe('Unmatched skip-list path: /nope\nerror: Unmatched skip-list paths\n');
  });

  test('checkout', async () => {
    await on('checkout', '-U', 'main', place.at('out'));
    expect(fs.readFileSync(place.at('out/link'), 'utf8')).toBe('hello\n');
    expect(await failing('checkout', '-U', 'main', place.at('out'))).toMatch(/File exists$/);
    await on('checkout', '-U', '--subpath=/sub', 'main', place.at('part'));
    expect(fs.readdirSync(place.at('part'))).toEqual(['run']);
  });

  test('checkout of several trees', async () => {
    const pairs = `main\0/sub\0changed\0/hello.txt\0`;
    const many = ['checkout', `--repo=${repo}`, '-U', '--union', '--from-stdin', place.at('many')];
    await good(many, { stdin: pairs });
    expect(fs.readdirSync(place.at('many')).sort()).toEqual(['hello.txt', 'run']);
    expect(await bad(many, { stdin: 'main\0/nope\0' })).toMatch(/^Processing tree [0-9a-f]{64}: No such file/);
  });

  test('reset', async () => {
    await on('refs', '--create=moving', 'changed');
    await on('reset', 'moving', 'main');
    expect(await on('rev-parse', 'moving')).toBe(`${tip}\n`);
    expect(await failing('reset', 'nope', 'main')).toBe("Invalid ref 'nope'");
  });

  test('summary', async () => {
    expect(await failing('summary')).toBe('No option specified; use -u to update summary');
    await on('summary', '-u', '-m', "some.key='text'");
    expect(await on('summary', '-v')).toContain('* main\n    Latest Commit (');
    expect(await on('summary', '--print-metadata-key=some.key')).toBe("'text'\n");
    const { refs, metadata } = (await json('summary')) as { refs: { name: string }[]; metadata: object };
    expect(refs.map(({ name }) => name)).toContain('main');
    expect(metadata).toMatchObject({ 'ostree.summary.mode': 'archive-z2', 'some.key': 'text' });
  });
});

describe('looking after it', () => {
  test('fsck', async () => {
    expect(await on('fsck')).toMatch(/\nobject fsck of \d+ commits completed successfully - no errors found\.\n$/);
    expect(await json('fsck')).toMatchObject({ findings: [], corrupt: false });
  });

  test('fsck of a broken repository', async () => {
    const broken = await place.repo('broken', 'bare-user-only');
    const checksum = (await good(['ls', '-C', 'main', '/hello.txt', `--repo=${broken}`])).split(/\s+/)[4] as string;
    fs.appendFileSync(`${broken}/objects/${checksum.slice(0, 2)}/${checksum.slice(2)}.file`, 'x');
    expect(await bad(['fsck', `--repo=${broken}`])).toMatch(
      new RegExp(
        `^In commits [0-9a-f]{64}: fsck content object ${checksum}: Corrupted file object; checksum expected=`,
      ),
    );
    const { code, stdout } = await ost(['fsck', '--all', '--json', `--repo=${broken}`]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [{ type: 'file', checksum, problem: 'corrupt' }],
      corrupt: true,
    });
    const { stderr } = await ost(['fsck', '--delete', `--repo=${broken}`]);
    expect(stderr).toContain('Marking commit as partial: ');
    expect(stderr).toContain('error: Repository corruption encountered\n');
    expect(await bad(['fsck', `--repo=${broken}`])).toBe('1 partial commits from fsck-detected corruption');
  });

  test('prune', async () => {
    const own = await place.repo('pruned');
    await place.commit(own, 'main', ['-s', 'Second']);
    const orphan = (await good(['rev-parse', 'main^', `--repo=${own}`])).trim();
    expect(await good(['prune', '--refs-only', '--depth=0', '--no-prune', `--repo=${own}`])).toMatch(
      /^Total objects: 8\nWould delete: 1 objects, freeing \d+ bytes\n$/,
    );
    expect(await bad(['prune', `--delete-commit=${orphan}`, '--no-prune', `--repo=${own}`])).toBe(
      'Cannot specify both --delete-commit and --no-prune',
    );
    await good(['prune', '--refs-only', '--depth=0', `--repo=${own}`]);
    expect(await bad(['ls', orphan, `--repo=${own}`])).toBe(`No such metadata object ${orphan}.commit`);
  });
});

describe('remotes', () => {
  test('add, list and delete', async () => {
    await on('remote', 'add', '--set=tls-permissive=true', '--no-gpg-verify', 'origin', 'http://example.com', 'main');
    expect(await on('remote', 'show-url', 'origin')).toBe('http://example.com\n');
    expect(await on('remote', 'list', '-u')).toBe('origin  http://example.com\n');
    expect(await json('remote', 'list')).toEqual([{ name: 'origin', url: 'http://example.com' }]);
    expect(fs.readFileSync(`${repo}/config`, 'utf8')).toContain(
      '[remote "origin"]\nurl=http://example.com\nbranches=main;\ntls-permissive=true\ngpg-verify=false\n',
    );
    expect(await failing('remote', 'add', 'origin', 'http://x')).toBe(
      'Remote configuration for "origin" already exists: (in config)',
    );
    await on('remote', 'delete', 'origin');
    expect(await failing('remote', 'delete', 'origin')).toBe('Remote "origin" not found');
    await on('remote', 'delete', '--if-exists', 'origin');
  });

  test('options before the name of the subcommand', async () => {
    await on('remote', '--set=gpg-verify=false', 'add', 'early', 'http://example.com');
    expect(await on('config', 'get', '--group=remote "early"', 'gpg-verify')).toBe('false\n');
  });

  test('cookies', async () => {
    await on('remote', 'add', 'cookies', 'http://example.com');
    await on('remote', 'add-cookie', 'cookies', 'example.com', '/', 'name', 'value');
    expect(await on('remote', 'list-cookies', 'cookies')).toMatch(
      /^--\nDomain: example\.com\nPath: \/\nName: name\nSecure: FALSE\nExpires: 20\d\d-.* \+0000\nValue: value\n$/,
    );
    await on('remote', 'delete-cookie', 'cookies', 'example.com', '/', 'name');
    expect(await failing('remote', 'delete-cookie', 'cookies', 'example.com', '/', 'name')).toBe(
      'Cookie not found in jar',
    );
  });
});

describe('copies', () => {
  test('pull-local', async () => {
    await good(['init', `--repo=${place.at('clone')}`, '--mode=bare-user-only']);
    const clone = `--repo=${place.at('clone')}`;
    expect(await good(['pull-local', clone, repo, 'main'])).toBe(
      '4 metadata, 3 content objects imported; 16 bytes content written\n',
    );
    expect(await bad(['pull-local', clone, repo, 'main', '--gpg-verify'])).toBe(
      'Must specify remote name to enable gpg verification',
    );
    expect(await bad(['pull-local', clone, place.at('nowhere')])).toMatch(/^opening repo: opendir/);
  });

  test('pull from a file: URL', async () => {
    await good(['init', `--repo=${place.at('puller')}`, '--mode=bare-user-only']);
    const puller = `--repo=${place.at('puller')}`;
    await good(['remote', 'add', puller, '--no-gpg-verify', 'src', `file://${repo}`]);
    expect(await good(['pull', puller, 'src', 'main'])).toMatch(/content objects imported/);
    expect(await good(['refs', puller])).toBe('src:main\n');
    expect(await bad(['pull', puller, 'nope', 'main'])).toBe('Remote "nope" not found');
    expect(await bad(['pull', puller, 'src', '--http-header=x'])).toBe("Missing '=' in --http-header");
    expect(await good(['remote', 'refs', puller, 'src'])).toContain('src:main\n');
  });
});

test('static deltas', async () => {
  expect(await on('static-delta', 'list')).toBe('(No static deltas)\n');
  expect(await json('static-delta', 'list')).toEqual([]);
  expect(await on('static-delta', 'indexes')).toBe('(No static deltas indexes)\n');
  expect(await failing('static-delta', 'delete', tip)).toBe(`Can't find delta ${tip}`);
  expect(await failing('static-delta', 'show', 'x')).toBe('Invalid rev x');
  expect(await failing('static-delta', 'apply-offline', place.at('nope'))).toMatch(/No such file or directory$/);
});

test('what is not there yet is refused clearly', async () => {
  expect(await failing('checkout', '--composefs', 'main', 'x')).toMatch(/ is not supported yet$/);
});

test('an extension of the search path', async () => {
  place.write('bin/ostree-frob', '#!/bin/sh\nexit 7\n', 0o755);
  const { code } = await ost(['frob', 'x'], { env: { PATH: `${place.at('bin')}:${process.env['PATH']}` } });
  expect(code).toBe(7);
});
