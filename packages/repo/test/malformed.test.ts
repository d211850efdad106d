import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Checksum, encodeCommit, isOstError } from '@ost/objects';
import { mknod } from '@ost/linux';
import {
  checkout,
  fsck,
  type FsckEvent,
  initRepo,
  listLooseObjects,
  lookupPath,
  openRepo,
  pullLocal,
  type Repo,
} from '@ost/repo';
import { leftovers, repoState } from './support/listing.js';
import { commitDir, freshRepo, MODES, TIME } from './support/repos.js';
import { failure, isRoot, keptScratch, scratch, write } from './support/scratch.js';

async function small(mode = 'archive', config?: Record<string, string>): Promise<{ repo: Repo; dir: string }> {
  const repo = await freshRepo(mode, config);
  const dir = write(join(scratch(), 'tree'), { file: 'some content that is longer than its header\n'.repeat(50) });
  await commitDir(repo, dir);
  return { repo, dir };
}

/** Expects a failure with a code and text, and a repository that is as before and ready for the next operation. */
async function refused(repo: Repo, run: () => Promise<unknown>, code: string, message: string): Promise<void> {
  const state = repoState(repo.path);
  const error = await failure(run());
  expect(error.message).toContain(message);
  expect(isOstError(error)).toBe(true);
  expect(error.code).toBe(code);
  expect(repoState(repo.path)).toEqual(state);
  expect(repo.transaction).toBeNull();
  await repo.withTransaction(async () => undefined);
  expect(leftovers(repo.path)).toEqual([]);
}

describe('opening', () => {
  const core = '[core]\nrepo_version=1\n';
  it.each([
    ['no key file at all', '\0\x01\x02', 'config'],
    ['a line that is none', `${core}mode\n`, 'config'],
    ['a pair before any group', 'mode=bare\n', 'config'],
    ['an unknown mode', `${core}mode=blue\n`, 'config'],
    ['another version', '[core]\nrepo_version=2\nmode=bare\n', 'unsupported'],
    ['no version', '[core]\nmode=bare\n', 'unsupported'],
    ['no core', '[other]\na=b\n', 'unsupported'],
    ['the old archive format', `${core}archive=true\n`, 'unsupported'],
    ['a bad boolean', `${core}fsync=maybe\n`, 'config'],
    ['a bad number', `${core}tmp-expiry-secs=soon\n`, 'config'],
    ['too many percent', `${core}min-free-space-percent=100\n`, 'config'],
    ['a bad size', `${core}min-free-space-size=3KB\n`, 'config'],
    ['a huge size', `${core}min-free-space-size=99999999999TB\n`, 'config'],
    ['a bad collection', `${core}collection-id=nodots\n`, 'invalid-name'],
    ['a missing parent', `${core}parent=/nonexistent/repo\n`, 'not-found'],
    ['invalid UTF-8', Buffer.concat([Buffer.from(`${core}parent=`), Buffer.of(0xff, 10)]), 'config'],
  ])('refuses a configuration with %s', async (_, config, code) => {
    const repo = await freshRepo('archive');
    fs.writeFileSync(join(repo.path, 'config'), config);
    const error = await failure(openRepo(repo.path));
    expect(error.message).toMatch(/^opening repo: /);
    expect(error).toMatchObject({ code });
    expect(error.message).not.toContain('\n');
  });

  it.each(['ex-integrity.fsverity=yes', 'ex-integrity.fsverity=true', 'ex-fsverity.required=true'])(
    'writes nothing where %s',
    async (demand) => {
      const repo = await freshRepo('archive');
      const dir = write(join(scratch(), 'tree'), { file: 'one' });
      const { checksum } = await commitDir(repo, dir);
      const [group = '', key = '', value = ''] = demand.split(/[.=]/);
      const config = repo.readConfig();
      config.set(group, key, value);
      repo.saveConfig(config);
      const demanding = await openRepo(repo.path);
      expect(demanding.loadCommit(demanding.resolve('main')).parent).toBe(null);
      const error = await failure(commitDir(demanding, write(dir, { file: 'two' })));
      expect(error.message).toBe(`Cannot write to repository: fs-verity is not supported (${demand})`);
      expect(demanding.resolve('main')).toBe(checksum);
    },
  );

  it('refuses what is no repository, a repository that is its own parent, and an unknown mode', async () => {
    const dir = scratch();
    expect(await failure(openRepo(join(dir, 'absent')))).toMatchObject({ code: 'not-found' });
    expect((await failure(openRepo(dir))).message).toBe('opening repo: opendir(objects): No such file or directory');
    const error = await failure(initRepo(join(dir, 'x'), { mode: 'blue' }));
    expect(error.message).toBe("Invalid mode 'blue' in repository configuration");
    expect(fs.existsSync(join(dir, 'x'))).toBe(false);
    expect(await failure(initRepo(join(dir, 'a/b')))).toMatchObject({ code: 'not-found' });
    const repo = await freshRepo('archive');
    fs.appendFileSync(join(repo.path, 'config'), `parent=${repo.path}\n`);
    expect(await failure(openRepo(repo.path))).toMatchObject({ code: 'config' });
  });

  it('makes a missing tmp again', async () => {
    const { repo, dir } = await small();
    fs.rmSync(join(repo.path, 'tmp'), { recursive: true });
    await commitDir(await openRepo(repo.path), dir);
  });
});

describe.each(MODES)('committing to %s', (mode) => {
  it('refuses a name that is not UTF-8', async () => {
    const { repo, dir } = await small(mode);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${dir}/bad-`), Buffer.of(0xff, 0xfe)]), 'x');
    await refused(repo, () => commitDir(repo, dir), 'invalid-name', 'Invalid UTF-8 in filename bad-\\xff\\xfe');
  });

  it('refuses what is neither file, directory nor symlink', async () => {
    const { repo, dir } = await small(mode);
    spawnSync('mkfifo', [join(dir, 'fifo')]);
    await refused(repo, () => commitDir(repo, dir), 'unsupported', 'Not a regular file or symlink: fifo');
    fs.rmSync(join(dir, 'fifo'));
    const server = createServer().listen(join(dir, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    await refused(repo, () => commitDir(repo, dir), 'unsupported', 'Not a regular file or symlink: socket');
    await new Promise((resolve) => server.close(resolve));
    if (isRoot) {
      mknod(join(dir, 'device'), 0o020600, 0x103);
      await refused(repo, () => commitDir(repo, dir), 'unsupported', 'Not a regular file or symlink: device');
    }
  });

  it('refuses a source that is missing or no directory, and layers that contradict each other', async () => {
    const { repo, dir } = await small(mode);
    await refused(repo, () => commitDir(repo, `${dir}/absent`), 'not-found', 'No such file or directory');
    await refused(repo, () => commitDir(repo, `${dir}/file`), 'io', 'Not a directory');
    await refused(repo, () => commitDir(repo, dir, { base: 'absent' }), 'not-found', "Refspec 'absent' not found");
    await refused(repo, () => commitDir(repo, dir, { branch: 'a b' }), 'invalid-name', 'a b');
    const other = write(join(scratch(), 'other'), { 'file/is/a/directory': '' });
    await refused(repo, () => commitDir(repo, other, { base: 'main' }), 'state', "Can't replace file with directory");
  });

  it('keeps its reserve of free space', async () => {
    const { repo, dir } = await small(mode);
    const config = repo.readConfig();
    // With flushing, objects are staged.
    config.delete('core', 'fsync');
    config.set('core', 'min-free-space-size', '900TB');
    repo.saveConfig(config);
    const full = await openRepo(repo.path);
    write(dir, { more: 'x'.repeat(3000) });
    const message =
      'Writing content object: min-free-space-size 900TB would be exceeded, at least 4.1\u00a0kB requested';
    expect(await failure(commitDir(full, dir))).toMatchObject({ code: 'no-space', message });
    expect(leftovers(full.path)).toEqual([]);
    await refused(full, () => commitDir(full, dir), 'no-space', message);
    const source = await freshRepo(mode === 'archive' ? 'bare-user-only' : 'archive');
    await commitDir(source, dir);
    expect(await failure(pullLocal(full, source))).toMatchObject({
      code: 'no-space',
      message: expect.stringContaining(message),
    });
    expect(leftovers(full.path)).toEqual([]);
  });
});

describe('stored objects', () => {
  /** Path of the one file object, and the repository's whole state. */
  function fileObject(repo: Repo): string {
    const entry = lookupPath(repo, repo.loadCommit(repo.resolve('main')), '/file') as { checksum: Checksum };
    return repo.store.path('file', entry.checksum);
  }

  it.each([0, 7, 12, 30, 45, 60])('of an archive that end after %i bytes are found', async (length) => {
    const { repo } = await small();
    fs.truncateSync(fileObject(repo), length);
    const { findings } = await fsck(repo, { all: true });
    expect(findings).toMatchObject([{ problem: 'corrupt', type: 'file' }]);
    expect(findings[0]?.message).not.toContain('\n');
    const out = join(scratch(), 'out');
    expect(isOstError(await failure(checkout(repo, repo.resolve('main'), out, { userMode: true })))).toBe(true);
    const target = await freshRepo('bare-user');
    expect(isOstError(await failure(pullLocal(target, repo)))).toBe(true);
    expect(target.listRefs()).toEqual([]);
  });

  it('of metadata with any byte changed are found', async () => {
    const { repo } = await small();
    for (const { path, type } of listLooseObjects(repo.path)) {
      if (type === 'file') continue;
      const bytes = fs.readFileSync(path);
      for (let i = 0; i < bytes.length; i += 7) {
        const changed = Buffer.from(bytes);
        changed[i] = (changed[i] as number) ^ 0x41;
        fs.writeFileSync(path, changed);
        const result = await fsck(repo, { all: true }).catch((error: unknown) => error as Error);
        if (result instanceof Error) expect(isOstError(result), `${type} ${i}: ${result.message}`).toBe(true);
        else expect(result.corrupt, `${type} ${i}`).toBe(true);
        repo.clearPartial(repo.resolve('main'));
      }
      fs.writeFileSync(path, bytes);
    }
    expect(await fsck(repo)).toMatchObject({ corrupt: false });
  });

  it('are told with the commits that hold them, when a commit of a ref is corrupt as well', async () => {
    const { repo } = await small();
    const main = repo.resolve('main');
    fs.truncateSync(fileObject(repo), 12);
    const commit = repo.store.path('commit', main);
    const subject = fs.readFileSync(commit).indexOf(repo.loadCommit(main).subject);
    const bytes = fs.readFileSync(commit);
    bytes[subject] = (bytes[subject] as number) ^ 1;
    fs.writeFileSync(commit, bytes);
    const told: [type: string, commits: readonly string[]][] = [];
    const onEvent = (event: FsckEvent): void => {
      if (event.type === 'finding' && event.finding.type === 'file') told.push([event.finding.type, event.commits]);
    };
    const { findings } = await fsck(repo, { all: true, onEvent });
    expect(findings.map(({ type }) => type)).toContain('commit');
    expect(told).toEqual([['file', [main]]]);
  });

  it.each(['..', '.', 'a/b', '', '../../etc/passwd'])('never lead a checkout to the name %j', async (name) => {
    const { repo } = await small();
    const main = repo.loadCommit(repo.resolve('main'));
    // A dirtree with one file of that name, patched into the bytes of a well-formed one.
    const bytes = dirTreeBytes(name, (lookupPath(repo, main, '/file') as { checksum: Checksum }).checksum);
    const checksum = await repo.withTransaction(async ({ writer }) => {
      const contents = writer.writeMetadata('dirtree', bytes);
      return writer.writeMetadata('commit', encodeCommit({ ...main, contents, timestamp: TIME }));
    });
    const top = scratch();
    const error = await failure(checkout(repo, checksum, join(top, 'out'), { userMode: true }));
    expect(isOstError(error)).toBe(true);
    expect(fs.readdirSync(top).filter((entry) => entry !== 'out')).toEqual([]);
    const target = await freshRepo('archive');
    expect(isOstError(await failure(pullLocal(target, repo, { refs: [checksum] })))).toBe(true);
    expect(isOstError(await failure(fsck(repo)))).toBe(true);
  });

  it('under the wrong name are refused', async () => {
    const { repo, dir } = await small();
    const wrong = 'ab'.repeat(32) as Checksum;
    const message = `Corrupted dirmeta object; checksum expected='${wrong}'`;
    await refused(
      repo,
      () => repo.withTransaction(async ({ writer }) => writer.writeMetadata('dirmeta', new Uint8Array(16), wrong)),
      'corrupt',
      message,
    );
    const header = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };
    const write3 = (expected: Checksum) => () =>
      repo.withTransaction(({ writer }) => writer.writeFileStream(header, 3, [Uint8Array.of(1, 2, 3)], expected));
    await refused(repo, write3(wrong), 'corrupt', `Corrupted file object; checksum expected='${wrong}'`);
    const short = () =>
      repo.withTransaction(({ writer }) => writer.writeFileStream(header, 4, [Uint8Array.of(1, 2, 3)]));
    await refused(repo, short, 'corrupt', 'Expected 4 bytes of content, found 3');
    expect(() => repo.loadCommit(wrong)).toThrow(`No such metadata object ${wrong}.commit`);
    expect(() => repo.loadFile(wrong)).toThrow(`Couldn't find file object '${wrong}'`);
    await commitDir(repo, dir);
  });

  it('are not followed to a ref that is no checksum', async () => {
    const { repo } = await small();
    fs.writeFileSync(join(repo.path, 'refs/heads/bad'), 'not a checksum\n');
    expect(isOstError(await failure((async () => repo.resolve('bad'))()))).toBe(true);
  });
});

/** `(a(say)a(sayay))` with one file, for a name that the encoder would refuse. */
function dirTreeBytes(name: string, checksum: Checksum): Uint8Array {
  const text = Buffer.from(`${name}\0`);
  const element = Buffer.concat([text, Buffer.from(checksum, 'hex'), Buffer.of(text.length)]);
  const array = Buffer.concat([element, Buffer.of(element.length)]);
  return Buffer.concat([array, Buffer.of(array.length)]);
}

describe.runIf(isRoot && spawnSync('setpriv', ['--version']).status === 0)('without rights', () => {
  const asNobody = (script: string): { status: number | null; stdout: string } => {
    const args = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '--input-type=module', '-e'];
    const { status, stdout } = spawnSync('setpriv', [...args, script], { encoding: 'utf8', cwd: import.meta.dirname });
    return { status, stdout };
  };

  it('refuses unreadable files and unwritable repositories', async () => {
    const top = keptScratch();
    try {
      fs.chmodSync(top, 0o755);
      const repo = await initRepo(join(top, 'repo'), { mode: 'archive' });
      const dir = write(join(top, 'tree'), { secret: 'x' });
      fs.chmodSync(join(dir, 'secret'), 0o600);
      const run = (path: string): string => `
        import { commitTree, initRepo, openRepo } from '@ost/repo';
        const repo = await openRepo('${path}');
        try { await commitTree(repo, [{ type: 'dir', path: '${dir}' }], { branch: 'main' }); }
        catch (error) { console.log(error.code, error.message, repo.listRefs().length); }`;
      expect(asNobody(run(repo.path)).stdout).toBe('io Cannot write to repository: Permission denied 0\n');
      const own = join(top, 'own');
      fs.cpSync(repo.path, own, { recursive: true });
      spawnSync('chown', ['-R', '65534:65534', own]);
      expect(asNobody(run(own)).stdout).toBe(`io openat(${dir}/secret): Permission denied 0\n`);
    } finally {
      fs.rmSync(top, { recursive: true });
    }
  });
});
