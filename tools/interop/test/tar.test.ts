import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise, oddTree } from '../src/odd-tree.js';
import { ost, programs, reference } from '../src/programs.js';
import { randomTar } from '../src/random-tar.js';
import { commit, complaints, init, MODES, objects, tame, TIMESTAMP } from '../src/repos.js';
import { attempt, run, sh } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

const dir = scratch('tar');
const tree = join(dir, 'tree');

beforeAll(() => {
  oddTree(tree, { large: true });
});

/** Commits with both programs to repositories of their own; what each of them said. */
function both(mode: string, args: readonly string[], input?: Uint8Array): { said: string[]; repos: string[] } {
  const repos = programs.map((program) => init(program, join(dir, fresh(`repo-${mode}`)), mode));
  const said = programs.map((program, i) => {
    const words = ['commit', `--repo=${repos[i]}`, TIMESTAMP, '-b', 'main', ...args];
    const { code, stdout, stderr } = attempt(program, words, input === undefined ? {} : { input });
    return `${code} ${stdout}${stderr}`;
  });
  return { said, repos };
}

describe.each(MODES)('random archives in %s', (mode) => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed))('number %i', (seed) => {
    const tar = randomTar(join(dir, fresh('random.tar')), seed, true);
    const { said, repos } = both(mode, [`--tree=tar=${tar}`]);
    expect(said[0]).toBe(said[1]);
    expect(said[0]).toMatch(/^0 [0-9a-f]{64}\n$/);
    expect(repos.map(objects)[0]).toEqual(repos.map(objects)[1]);
    expect(complaints(repos[0] ?? '')).toEqual([]);
  });
});

it.each(Array.from({ length: 8 }, (_, seed) => seed + 100))('random archive %i without directories', (seed) => {
  const tar = randomTar(join(dir, fresh('random.tar')), seed, false);
  const { said } = both('archive', ['--tar-autocreate-parents', `--tree=tar=${tar}`]);
  expect(said[0]).toBe(said[1]);
  expect(said[0]).toMatch(/^0 /);
});

describe('archives that other programs write', () => {
  it.each(['v7', 'oldgnu', 'gnu', 'ustar', 'posix'])('GNU tar: %s', (format) => {
    const tar = join(dir, `${format}.tar`);
    // v7 and ustar leave out what they cannot hold.
    attempt({ name: 'tar', command: ['tar'] }, ['-C', tree, `--format=${format}`, '-cf', tar, '.']);
    const { said } = both('archive', [`--tree=tar=${tar}`]);
    expect(said[0]).toBe(said[1]);
    expect(said[0]).toMatch(/^0 /);
  });

  it.each(['newc', 'crc', 'odc'])('cpio: %s', (format) => {
    const cpio = join(dir, `${format}.cpio`);
    const linked = join(dir, `linked-${format}`);
    mkdirSync(linked);
    sh(['sh', '-c', 'mkdir d; echo one > a; ln a b; ln a d/c; ln -s a l; ln l m; echo two > e'], { cwd: linked });
    sh(['sh', '-c', `find . | cpio --quiet -o -H ${format} > ${cpio}`], { cwd: linked });
    const { said, repos } = both('archive', [`--tree=tar=${cpio}`]);
    expect(said[0]).toBe(said[1]);
    expect(said[0]).toMatch(/^0 /);
    expect(complaints(repos[0] ?? '')).toEqual([]);
  });

  it.each(['gnu', 'posix --sparse-version=0.0', 'posix --sparse-version=0.1', 'posix --sparse-version=1.0'])(
    'sparse files: %s',
    (format) => {
      const sparse = join(dir, fresh('sparse'));
      mkdirSync(sparse);
      // libostree cuts a hole at the end of a file off, so each has something there.
      sh(
        [
          'sh',
          '-c',
          'truncate -s 9M big; printf x >> big; for i in $(seq 60); do truncate -s ${i}00K many; printf y >> many; done',
        ],
        {
          cwd: sparse,
        },
      );
      const tar = join(dir, fresh('sparse.tar'));
      sh(['tar', '-C', sparse, '-S', ...`--format=${format}`.split(' '), '-cf', tar, '.']);
      expect(readFileSync(tar).length).toBeLessThan(1 << 20);
      const { said } = both('bare-user', [`--tree=tar=${tar}`]);
      expect(said[0]).toBe(said[1]);
      expect(said[0]).toMatch(/^0 /);
    },
  );

  it.each(['gzip', 'xz', 'zstd', 'bzip2', 'lz4'])('%s, from a file and from standard input', (program) => {
    const tar = join(dir, fresh('compressed'));
    sh(['sh', '-c', `tar -C ${tree} --format=posix -cf - . | ${program} -c > ${tar}`]);
    const file = both('archive', [`--tree=tar=${tar}`]);
    const input = both('archive', ['--tree=tar=-'], readFileSync(tar));
    expect(file.said[0]).toMatch(/^0 /);
    expect([...file.said, ...input.said]).toEqual(Array.from({ length: 4 }, () => file.said[0]));
  });
});

describe('options with archives', () => {
  const tar = join(dir, 'options.tar');
  const list = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  beforeAll(() => {
    randomTar(tar, 2, true);
    sh(['python3', '-c', ADD, tar]);
  });
  const ADD = `
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'a', format=tarfile.PAX_FORMAT) as tar:
    def add(name, kind, content=b'', link=''):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size, info.mode, info.uid = kind, link, len(content), 0o775, 5
        info.pax_headers = {'SCHILY.xattr.user.v': 'w'}
        tar.addfile(info, io.BytesIO(content))
    add('usr', tarfile.DIRTYPE)
    add('usr/bin', tarfile.DIRTYPE)
    add('usr/bin/tool', tarfile.REGTYPE, b'tool')
    add('usr/bin/alias', tarfile.LNKTYPE, b'', 'usr/bin/tool')
`;

  it.each<[string, () => readonly string[]]>([
    ['--owner-uid --owner-gid', () => ['--owner-uid=42', '--owner-gid=43']],
    ['--no-xattrs', () => ['--no-xattrs']],
    ['--canonical-permissions', () => ['--canonical-permissions']],
    ['--mode-ro-executables', () => ['--mode-ro-executables']],
    ['--statoverride', () => [`--statoverride=${list('o', '2048 /usr/bin/tool\n=448 /usr\n1024 /usr/bin\n')}`]],
    ['--skip-list of a file', () => [`--skip-list=${list('s1', '/usr/bin/alias\n')}`]],
    ['--skip-list of a link target', () => [`--skip-list=${list('s2', '/usr/bin/tool\n')}`]],
    ['--skip-list of a directory', () => [`--skip-list=${list('s3', '/usr/bin\n')}`]],
    ['--skip-list of the root', () => ['--tar-autocreate-parents', `--skip-list=${list('s4', '/\n')}`]],
    ['--skip-list that does not match', () => [`--skip-list=${list('s5', '/no\n')}`]],
    ['--table-output', () => ['--table-output']],
    ['--consume', () => ['--consume']],
    ['a pathname filter that adds', () => ['--tar-autocreate-parents', '--tar-pathname-filter=^,new/dir/']],
    ['a pathname filter that takes away', () => ['--tar-autocreate-parents', '--tar-pathname-filter=^usr/bin/,']],
    [
      'a pathname filter with groups',
      () => ['--tar-autocreate-parents', '--tar-pathname-filter=^(usr)/(bin),\\2/\\U\\1'],
    ],
    ['a pathname filter without comma', () => ['--tar-pathname-filter=x']],
    ['a pathname filter that leads outside', () => ['--tar-pathname-filter=^,../']],
    ['two archives', () => [`--tree=tar=${tar}`]],
    ['a directory below', () => [`--tree=dir=${tree}`]],
  ])('%s', (name, words) => {
    for (const mode of ['archive', 'bare-user-only']) {
      const order =
        name === 'a directory below'
          ? [...words(), ...tame(mode), `--tree=tar=${tar}`]
          : [`--tree=tar=${tar}`, ...words()];
      const { said, repos } = both(mode, order);
      expect(said[0]).toBe(said[1]);
      if (said[0]?.startsWith('0') === true) expect(complaints(repos[0] ?? '')).toEqual([]);
    }
  });

  it('--generate-sizes', () => {
    const { repos } = both('archive', ['--generate-sizes', `--tree=tar=${tar}`]);
    const lines = repos.map((repo) => run(reference, ['show', `--repo=${repo}`, '--print-sizes', 'main']).split('\n'));
    const count = (text: readonly string[] = []): readonly string[] => text.filter((l) => /^(Unpacked|Number)/.test(l));
    expect(count(lines[0])).toEqual(count(lines[1]));
    expect(count(lines[0])).toHaveLength(2);
  });

  it.each<[string, (good: Buffer) => Uint8Array]>([
    ['garbage', () => noise(2000)],
    ['a wrong checksum', (good) => Buffer.concat([good.subarray(0, 512), Buffer.alloc(512, 0x41)])],
    ['an end in a header', (good) => good.subarray(0, 700)],
    ['nothing', () => new Uint8Array()],
    ['zeros', () => new Uint8Array(10_240)],
  ])('the same words about %s', (_, make) => {
    const bad = join(dir, fresh('bad.tar'));
    sh(['tar', '-C', dir, '-cf', bad, '--exclude=*', '.']);
    writeFileSync(bad, make(readFileSync(bad)));
    const file = both('archive', [`--tree=tar=${bad}`]);
    expect(file.said[0]).toBe(file.said[1]);
    const input = both('archive', ['--tree=tar=-'], readFileSync(bad));
    expect(input.said[0]).toBe(input.said[1]);
    expect(file.said[0]).toMatch(/^1 /);
  });

  it('the same words about a file that is not there', () => {
    const { said } = both('archive', [`--tree=tar=${dir}/no.tar`]);
    expect(said[0]).toBe(said[1]);
  });
});

describe('export', () => {
  const repo = join(dir, 'exported');
  const unique = join(dir, 'unique');

  /** The members of an archive as Python sees them, hard links as what they point at. */
  const MEMBERS = `
import hashlib, json, sys, tarfile
out = []
with tarfile.open(sys.argv[1]) as tar:
    for m in tar:
        data = tar.extractfile(m) if m.isfile() or m.islnk() else None
        sum = hashlib.sha256(data.read()).hexdigest() if data else ''
        kind = '0' if m.islnk() else m.type.decode()
        out.append([m.name, kind, '' if m.islnk() else m.linkname, m.mode, m.uid, m.gid, m.mtime, m.uname, m.gname, sum, m.pax_headers])
print('\\n'.join(json.dumps(line) for line in out))
`;
  const members = (file: string): readonly string[] => sh(['python3', '-c', MEMBERS, file]).trim().split('\n');

  beforeAll(() => {
    init(reference, repo, 'archive');
    commit(reference, repo, '-b', 'main', tree);
    mkdirSync(join(unique, 'l'.repeat(95), 'm'.repeat(95)), { recursive: true });
    sh(
      [
        'sh',
        '-c',
        `for n in 99 100 101 150; do printf $n > $(printf "%0\${n}d" 0); ln -s $(printf "%0\${n}d" 0) s$n; done;
         chmod 4755 l*; touch empty; cd l*/m*; printf deep > file; ln -s $(printf "%0200d" 0) $(printf "%0120d" 1)`,
      ],
      { cwd: unique },
    );
    commit(reference, repo, '-b', 'unique', '--owner-uid=3000000', '--owner-gid=2147483646', unique);
  });

  const compare = (...args: readonly string[]): readonly Buffer[] =>
    programs.map((program) => {
      const file = join(dir, fresh('export.tar'));
      run(program, ['export', `--repo=${repo}`, ...args, '-o', file]);
      return readFileSync(file);
    });

  it.each([[], ['--prefix=a/b/'], ['--prefix=a'], ['--no-xattrs'], [`--subpath=${'l'.repeat(95)}`], ['--subpath=/']])(
    'writes the same bytes: %s',
    (...args) => {
      const [ours, theirs] = compare('unique', ...args);
      expect(ours?.equals(theirs ?? Buffer.alloc(0))).toBe(true);
    },
  );

  it.each([[], ['--subpath=/sub'], ['--prefix=x/']])('writes the same members with hard links: %s', (...args) => {
    const files = compare('main', ...args).map((bytes) => {
      const file = join(dir, fresh('members.tar'));
      writeFileSync(file, bytes);
      return file;
    });
    const [ours, theirs] = files.map(members);
    expect(ours).toEqual(theirs);
    expect(ours?.length).toBeGreaterThan(2);
  });

  it('pads standard output as the reference does', () => {
    const [ours, theirs] = programs.map((program) => {
      const file = join(dir, fresh('stdout.tar'));
      sh(['sh', '-c', `${program.command.join(' ')} export --repo=${repo} unique > ${file}`]);
      return readFileSync(file);
    });
    expect(ours?.equals(theirs ?? Buffer.alloc(0))).toBe(true);
    expect((ours?.length ?? 1) % 10_240).toBe(0);
  });

  it.each([['nope'], ['unique', '--subpath=/nope'], ['unique', '-o', '/nonexistent/file'], []])(
    'the same words about %s',
    (...args) => {
      const [ours, theirs] = programs.map((program) => {
        const { code, stderr } = attempt(program, ['export', `--repo=${repo}`, ...args]);
        return { code, error: /error: .*/.exec(stderr)?.[0] };
      });
      expect(ours).toEqual(theirs);
    },
  );

  it('is committed to the same tree by both', () => {
    const file = join(dir, 'again.tar');
    run(ost, ['export', `--repo=${repo}`, 'unique', '-o', file]);
    const { said, repos } = both('archive', [`--tree=tar=${file}`]);
    expect(said[0]).toBe(said[1]);
    const root = (path: string, rev: string): string => run(reference, ['ls', `--repo=${path}`, '-d', '-C', rev]);
    expect(root(repos[0] ?? '', 'main')).toBe(root(repo, 'unique'));
  });
});
