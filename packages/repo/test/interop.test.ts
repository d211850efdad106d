import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { variant } from '@ost/gvariant';
import type { Checksum } from '@ost/objects';
import {
  canonicalPermissions,
  checkout,
  type CommitOptions,
  commitTree,
  composeFilters,
  fsck,
  openRepo,
  prune,
  pullLocal,
  readOnlyExecutables,
  setOwner,
  skipList,
  statOverride,
  updateSummary,
} from '@ost/repo';
import { listing } from './support/listing.js';
import { describeInterop, ostree, ostreeError, ostreeFsck } from './support/ostree.js';
import { assertSound, canonical, commitDir, freshRepo, MODES, TIME } from './support/repos.js';
import { failure, isRoot, keptScratch, scratch, write } from './support/scratch.js';
import { makeTree } from './support/tree.js';

const AT = `--timestamp=@${TIME}`;

/** What depends on the present time in a raw commit. */
const TIMED = /^commit \w+|uint64 \d+/g;

/** The path of a fresh repository that the reference implementation writes to. */
async function theirs(mode: string): Promise<string> {
  return (await freshRepo(mode)).path;
}

describeInterop.each(MODES)('%s, with the reference implementation', (mode) => {
  let tree: string;
  beforeAll(() => {
    // Not from scratch(): it is shared by the tests of the group.
    tree = keptScratch();
    makeTree(tree);
    return () => fs.rmSync(tree, { recursive: true, force: true });
  });

  it('commits the same tree under the same checksum', async () => {
    const tree = makeTree(join(scratch(), 'tree'), { large: true, many: 400 });
    const ours = await freshRepo(mode);
    const { checksum } = await commitDir(ours, tree, { body: 'b' });
    const other = await theirs(mode);
    const printed = ostree(other, 'commit', '-b', 'main', '-s', 's', '-m', 'b', AT, `--tree=dir=${tree}`);
    expect(printed.trim()).toBe(checksum);
    ostreeFsck(ours.path);
    await assertSound(await openRepo(other));
    expect(objectsOf(ours.path)).toEqual(objectsOf(other));
  });

  it.each(variants())('agrees on a commit with %s', async (_, options, args) => {
    const ours = await freshRepo(mode);
    const { checksum } = await commitDir(ours, tree, options);
    const other = await theirs(mode);
    const printed = ostree(other, 'commit', '-b', 'main', '-s', 's', AT, ...args, `--tree=dir=${tree}`);
    expect(printed.trim()).toBe(checksum);
    ostreeFsck(ours.path);
  });

  it('agrees on layers of refs and directories', async () => {
    const over = write(join(scratch(), 'over'), { 'usr/bin/new': 'new', 'etc/os-release': 'changed' });
    const ours = await freshRepo(mode);
    await commitDir(ours, tree, { branch: 'base' });
    const sources = [
      { type: 'ref', rev: 'base' },
      { type: 'dir', path: over },
    ] as const;
    const { checksum } = await commitTree(ours, sources, { branch: 'main', timestamp: TIME, subject: 's' });
    const other = await theirs(mode);
    ostree(other, 'commit', '-b', 'base', '-s', 's', AT, `--tree=dir=${tree}`);
    const args = ['-b', 'main', '-s', 's', AT, '--tree=ref=base', `--tree=dir=${over}`];
    expect(ostree(other, 'commit', ...args).trim()).toBe(checksum);
  });

  it.each(checkoutVariants(mode))('checks out alike: %s', async (_, options, args, owners) => {
    const ours = await freshRepo(mode);
    const { checksum } = await commitDir(ours, tree);
    const dir = scratch();
    await checkout(ours, checksum, join(dir, 'ours'), options);
    ostree(ours.path, 'checkout', ...args, 'main', join(dir, 'theirs'));
    expect(listing(join(dir, 'ours'), { owners })).toEqual(listing(join(dir, 'theirs'), { owners }));
    expect(printed(join(dir, 'ours'))).toEqual(printed(join(dir, 'theirs')));
  });

  it('takes turns on one repository', async () => {
    const path = await theirs(mode);
    const dir = write(join(scratch(), 't'), { 'a/file': '1' });
    let parent: string | undefined;
    for (let i = 0; i < 6; i++) {
      write(dir, { 'a/file': `${i}`, [`f${i}`]: `${i}` });
      let checksum: string;
      if (i % 2 === 0) checksum = (await commitDir(await openRepo(path), dir)).checksum;
      else checksum = ostree(path, 'commit', '-b', 'main', '-s', 's', AT, `--tree=dir=${dir}`).trim();
      const repo = await openRepo(path);
      expect(repo.loadCommit(checksum as Checksum).parent).toBe(parent ?? null);
      expect(ostree(path, 'rev-parse', 'main').trim()).toBe(checksum);
      parent = checksum;
    }
    ostreeFsck(path);
    const repo = await openRepo(path);
    await assertSound(repo);
    const before = ostree(path, 'prune', '--refs-only', '--depth=1', '--no-prune');
    const result = await prune(repo, { refsOnly: true, depth: 1 });
    expect(before).toContain(`Total objects: ${result.total}\n`);
    expect(before).toContain(`Would delete: ${result.pruned} objects`);
    ostreeFsck(path);
    expect(ostree(path, 'prune', '--refs-only', '--depth=1')).toContain('No unreachable objects');
  });

  it('both find the same corruption', async () => {
    const repo = await freshRepo(mode);
    await commitDir(repo, tree);
    const largest = [...walkObjects(repo.path)].sort(
      (a, b) => fs.lstatSync(b).size - fs.lstatSync(a).size,
    )[0] as string;
    const bytes = fs.readFileSync(largest);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 0x10;
    fs.writeFileSync(largest, bytes);
    const { message } = await failure(fsck(repo));
    expect(ostreeError(repo.path, 'fsck', '-q')).toBe(message);
  });

  it('writes a summary that the reference implementation reads, in its order', async () => {
    const repo = await freshRepo(mode);
    const dir = write(scratch(), { f: '1' });
    await commitDir(repo, dir, { branch: 'zeta' });
    await commitDir(repo, dir, { branch: 'alpha/beta', metadata: [['version', variant('s', '42.1')]] });
    await updateSummary(repo, { metadata: [['custom.key', variant('s', 'value')]] });
    const [ours, raw] = [summaryText(repo.path), ostree(repo.path, 'summary', '--raw')];
    ostree(repo.path, 'summary', '-u', '-m', "custom.key='value'");
    expect(summaryText(repo.path)).toBe(ours);
    expect(raw.replaceAll(/uint64 \d+/g, '')).toBe(ostree(repo.path, 'summary', '--raw').replaceAll(/uint64 \d+/g, ''));
    expect(ours).toContain('Version (ostree.commit.version): 42.1');
  });

  it('publishes its collection and those of others alike', async () => {
    const repo = await freshRepo(mode, { fsync: 'false', 'collection-id': 'org.example.Own' });
    const { checksum } = await commitDir(repo, write(scratch(), { f: '1' }), { branch: 'app' });
    const others = ['org.example.B', 'org.example.A'];
    for (const collection of others) await repo.setRef({ collection, name: 'x/y' }, checksum);
    fs.cpSync(repo.path, `${repo.path}-theirs`, { recursive: true, verbatimSymlinks: true });
    await updateSummary(repo);
    ostree(`${repo.path}-theirs`, 'summary', '-u');
    const commit = (path: string): string => ostree(path, 'show', '--raw', 'ostree-metadata').replace(TIMED, '');
    expect(commit(repo.path)).toBe(commit(`${repo.path}-theirs`));
    const [ours, theirs] = [repo.path, `${repo.path}-theirs`].map((path) => {
      const own = ostree(path, 'rev-parse', 'ostree-metadata').trim();
      return summaryText(path)
        .replaceAll(own, 'OWN')
        .replaceAll(/Timestamp.*/g, '');
    });
    expect(ours).toBe(theirs);
    expect(ours).toContain('(org.example.A, x/y)');
    expect(fs.readFileSync(join(repo.path, 'config'), 'utf8')).toBe(
      fs.readFileSync(join(`${repo.path}-theirs`, 'config'), 'utf8'),
    );
    ostreeFsck(repo.path);
  });

  describeInterop.each(MODES)('from and to %s', (other) => {
    it('imports what the other has written', async () => {
      // Only what both sides can hold has one checksum in all modes.
      const plain = makeTree(join(scratch(), 'plain'), { plain: true });
      const from = await freshRepo(mode);
      const { checksum } = await commitDir(from, plain, { modifier: canonical });
      const to = await theirs(other);
      ostree(to, 'pull-local', from.path, 'main');
      expect(ostree(to, 'rev-parse', 'main').trim()).toBe(checksum);
      ostreeFsck(to);

      const back = await freshRepo(mode);
      await pullLocal(back, await openRepo(to));
      expect(back.resolve('main')).toBe(checksum);
      ostreeFsck(back.path);
      await assertSound(back);
      expect(objectsOf(back.path)).toEqual(objectsOf(from.path));
    });
  });
});

describeInterop('a foreign owner', () => {
  it('is lost on the way into bare-user-only, which only a check notices', async () => {
    const source = await freshRepo('archive');
    const modifier = { filter: setOwner(4242, 4242), noXattrs: true, label: null };
    await commitDir(source, write(scratch(), { f: 'foreign' }), { modifier });
    const [ours, theirs] = [await freshRepo('bare-user-only'), await freshRepo('bare-user-only')];
    await pullLocal(ours, source);
    ostree(theirs.path, 'pull-local', source.path, 'main');
    const { message } = await failure(fsck(ours));
    expect(ostreeError(theirs.path, 'fsck', '-q')).toBe(message);
    expect(ostreeError(ours.path, 'fsck', '-q')).toBe(message);
  });
});

type Variant = [name: string, options: Partial<CommitOptions>, args: string[]];

function variants(): Variant[] {
  const dir = keptScratch();
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));
  const skip = '/usr/lib\n/etc/empty\n';
  const override = '=384 /etc/os-release\n2048 /usr/bin/tool\n';
  write(dir, { skip, override });
  const modifier = { filter: null, noXattrs: false, label: null };
  return [
    ['owners', { modifier: { ...modifier, filter: setOwner(11, 22) } }, ['--owner-uid=11', '--owner-gid=22']],
    ['no xattrs', { modifier: { ...modifier, noXattrs: true } }, ['--no-xattrs']],
    [
      'canonical permissions',
      // The option of that name leaves xattrs out as well.
      { modifier: { ...modifier, filter: canonicalPermissions, noXattrs: true } },
      ['--canonical-permissions'],
    ],
    ['a skip list', { modifier: { ...modifier, filter: skipList(skip).filter } }, [`--skip-list=${dir}/skip`]],
    [
      'a stat override',
      { modifier: { ...modifier, filter: statOverride(override).filter } },
      [`--statoverride=${dir}/override`],
    ],
    [
      'several filters',
      { modifier: { ...modifier, filter: composeFilters([setOwner(0, 0), readOnlyExecutables]) } },
      ['--owner-uid=0', '--owner-gid=0', '--mode-ro-executables'],
    ],
    [
      'metadata and bindings',
      { metadata: [['k', variant('s', 'v')]], bindRefs: ['b', 'a'] },
      ['--add-metadata-string=k=v', '--bind-ref=b', '--bind-ref=a'],
    ],
    ['no bindings', { noBindings: true }, ['--no-bindings']],
    ['sizes', { generateSizes: true }, ['--generate-sizes']],
  ];
}

type CheckoutVariant = [name: string, options: Parameters<typeof checkout>[3], args: string[], owners: boolean];

function checkoutVariants(mode: string): CheckoutVariant[] {
  const user: CheckoutVariant[] = [
    ['user mode', { userMode: true }, ['-U'], true],
    ['user mode, copied', { userMode: true, forceCopy: true }, ['-U', '-C'], true],
    ['a subpath', { userMode: true, subpath: '/usr' }, ['-U', '--subpath=/usr'], true],
    ['a file', { userMode: true, subpath: '/etc/os-release' }, ['-U', '--subpath=/etc/os-release'], true],
  ];
  // Without root, owners cannot be set.
  if (isRoot) user.push(['as root', {}, [], true], ['as root, copied', { forceCopy: true }, ['-C'], true]);
  if (mode === 'archive')
    user.push(['without cache', { userMode: true, useCache: false }, ['-U', '--disable-cache'], true]);
  return user;
}

/** Names of all objects; archived content compresses alike, so sizes count too. */
function objectsOf(repo: string): string[] {
  return [...walkObjects(repo)].map((p) => p.slice(repo.length)).sort();
}

function* walkObjects(repo: string): Generator<string> {
  for (const prefix of fs.readdirSync(join(repo, 'objects'))) {
    for (const name of fs.readdirSync(join(repo, 'objects', prefix))) yield join(repo, 'objects', prefix, name);
  }
}

/** Type, mode, owner, size, link count and target of every entry, and whether it is dated 1970 or today. */
function printed(dir: string): string[] {
  const directories = ['-type', 'd', '-printf', '%#m %Ts %P\\n'];
  const others = ['-printf', '%y %#m %U:%G %s %n %l %P\\n'];
  const lines = execFileSync('find', [dir, ...directories, '-o', ...others], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => line.replace(/ 1\d{9} /, ' now ')).sort();
}

function summaryText(repo: string): string {
  return ostree(repo, 'summary', '-v').replaceAll(/Last-Modified.*/g, '');
}
