import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lsetxattr } from '@ost/linux';
import { checkout, forgetCheckouts, fsck, type Repo, updateCheckout } from '@ost/repo';
import { listing } from './support/listing.js';
import { makeNode, node } from './support/random-tree.js';
import { commitDir, freshRepo } from './support/repos.js';
import { failure, isRoot, scratch, write } from './support/scratch.js';
import { makeTree } from './support/tree.js';

/** All that there is about a checkout, the identity of linked files and the times of directories too. */
function everything(root: string): string[] {
  return [...listing(root), ...identitiesOf(root, '')];
}

function identitiesOf(root: string, name: string): string[] {
  const path = join(root, name);
  const stat = fs.lstatSync(path);
  if (stat.isDirectory()) {
    const below = fs.readdirSync(path).sort();
    return [`${name} time ${stat.mtimeMs}`, ...below.flatMap((entry) => identitiesOf(root, join(name, entry)))];
  }
  return [stat.nlink > 1 ? `${name} is ${stat.ino}` : `${name} alone`];
}

/** A place in a tree, by a number. */
function pick(root: string, number: number): string {
  const names = execFileSync('find', ['-mindepth', '1', '-print0'], { cwd: root }).toString().split('\0').slice(0, -1);
  const text = names.filter((name) => !name.includes('\ufffd'));
  return join(root, text[number % text.length] ?? '.');
}

/** What somebody who is root may have done to a checkout. */
const mischief: Record<string, (path: string, root: string) => void> = {
  remove: (path) => fs.rmSync(path, { recursive: true }),
  'a file instead': (path) => {
    fs.rmSync(path, { recursive: true });
    fs.writeFileSync(path, 'other');
  },
  'a directory instead': (path) => {
    fs.rmSync(path, { recursive: true });
    write(path, { 'sub/file': 'other', empty: '' });
  },
  'a link that leads out': (path, root) => {
    fs.rmSync(path, { recursive: true });
    fs.symlinkSync(join(root, '../outside'), path);
  },
  'a pipe': (path) => {
    fs.rmSync(path, { recursive: true });
    execFileSync('mkfifo', ['--', path]);
  },
  'another file, as a link': (path, root) => {
    fs.rmSync(path, { recursive: true });
    fs.linkSync(join(root, '../outside/file'), path);
  },
  'a copy': (path) => {
    if (!fs.lstatSync(path).isFile()) return;
    fs.copyFileSync(path, `${path}.copy`);
    fs.renameSync(`${path}.copy`, path);
  },
  'a name that is no text': (path) => {
    const parent = fs.lstatSync(path).isDirectory() ? path : join(path, '..');
    fs.writeFileSync(Buffer.concat([Buffer.from(`${parent}/`), Buffer.from([0xff, 0x0a, 0x80])]), 'x');
  },
  attributes: (path) => {
    // Whatever is done to a linked file is done to the object, too.
    const stat = fs.lstatSync(path);
    if (!stat.isDirectory() && !(stat.isFile() && stat.nlink === 1)) return;
    lsetxattr(path, 'user.mischief', Uint8Array.of(1));
    fs.chmodSync(path, 0o751);
    fs.chownSync(path, 7, 8);
    fs.utimesSync(path, 5, 5);
  },
  'content of an empty file': (path) => {
    const stat = fs.lstatSync(path);
    if (stat.isFile() && stat.nlink === 1) fs.writeFileSync(path, 'more');
  },
};

/** Waits until what has changed cannot change again at the same time. */
function settled(): Promise<void> {
  return sleep(30);
}

async function compare(repo: Repo, wanted: string, top: string): Promise<void> {
  const [updated, whole] = [join(top, 'old'), join(top, 'whole')];
  await checkout(repo, repo.resolve(wanted), whole);
  expect(everything(updated)).toEqual(everything(whole));
  fs.rmSync(whole, { recursive: true });
  expect(listing(join(top, 'outside'))).toEqual(outside);
}

let outside: string[] = [];

async function place(repo: Repo, commit: string): Promise<string> {
  const top = scratch();
  await checkout(repo, repo.resolve(commit), join(top, 'old'));
  write(join(top, 'outside'), { file: 'not ours', 'sub/other': 'neither' });
  outside = listing(join(top, 'outside'));
  return top;
}

describe.skipIf(!isRoot)('an updated checkout', () => {
  it('equals a whole one, for any two trees and whatever was done to the first', async () => {
    const repo = await freshRepo('bare');
    const deeds = fc.array(fc.tuple(fc.constantFrom(...Object.keys(mischief)), fc.nat()), { maxLength: 6 });
    const flags = fc.record({ related: fc.boolean(), remember: fc.boolean() });
    const property = fc.asyncProperty(node, node, flags, deeds, async (before, after, { related, remember }, done) => {
      const trees = scratch();
      for (const name of ['a', 'b']) fs.mkdirSync(join(trees, name));
      makeNode(join(trees, 'a/first'), before);
      if (related) fs.cpSync(join(trees, 'a'), join(trees, 'b'), { recursive: true, verbatimSymlinks: true });
      makeNode(join(trees, 'b/second'), after);
      makeTree(join(trees, 'b/more'), { many: 3 });
      await commitDir(repo, join(trees, 'a'), { branch: 'older', parent: null });
      await commitDir(repo, join(trees, 'b'), { branch: 'newer', parent: null });
      const top = await place(repo, 'older');
      const old = join(top, 'old');
      if (remember) {
        await settled();
        await updateCheckout(repo, repo.resolve('older'), old, { remember });
      }
      for (const [deed, number] of done) {
        const path = pick(old, number);
        if (path !== old) mischief[deed]?.(path, old);
      }
      await updateCheckout(repo, repo.resolve('newer'), old, { remember });
      await compare(repo, 'newer', top);
    });
    await fc.assert(property, { numRuns: 40, endOnFailure: true });
  });

  it('leaves alone what is right', async () => {
    const repo = await freshRepo('bare');
    const tree = makeTree(join(scratch(), 'tree'));
    await commitDir(repo, tree, { branch: 'older' });
    write(tree, { 'usr/new/file': 'new', 'etc/os-release': 'NAME=Newer\n' });
    fs.rmSync(join(tree, 'many'), { recursive: true });
    await commitDir(repo, tree, { branch: 'newer' });
    const top = await place(repo, 'older');
    const { kept, ...rest } = await updateCheckout(repo, repo.resolve('newer'), join(top, 'old'));
    expect(rest).toEqual({ copied: false, unchanged: 0, removed: 2, placed: 1, made: 1 });
    expect(kept).toBeGreaterThan(8);
    await compare(repo, 'newer', top);
    const again = await updateCheckout(repo, repo.resolve('newer'), join(top, 'old'));
    expect(again).toEqual({ copied: false, kept: kept + 2, unchanged: 0, removed: 0, placed: 0, made: 0 });
  });

  it('reads no directory again that is as it was, when it may remember', async () => {
    const repo = await freshRepo('bare');
    const tree = makeTree(join(scratch(), 'tree'), { many: 3 });
    write(tree, { 'usr/lib/python/__init__.py': '', 'usr/lib/python/module.py': 'x' });
    await commitDir(repo, tree, { branch: 'older' });
    write(tree, { 'usr/new/file': 'new' });
    await commitDir(repo, tree, { branch: 'newer' });
    const top = await place(repo, 'older');
    const old = join(top, 'old');
    const update = (branch: string, trust: 'nothing' | 'unchanged' | 'memory' = 'unchanged') =>
      updateCheckout(repo, repo.resolve(branch), old, { remember: true, trust });
    await settled();
    const first = await update('older');
    expect(first).toMatchObject({ unchanged: 0, placed: 0 });
    const second = await update('older');
    expect(second).toMatchObject({ kept: 0, placed: 0 });
    const all = second.unchanged;
    expect(all).toBeGreaterThan(5);
    expect((await update('older', 'nothing')).kept).toBe(first.kept);

    // Of the new version, the root and usr differ.
    expect(await update('newer')).toMatchObject({ unchanged: all - 2, made: 1 });
    await compare(repo, 'newer', top);
    fs.writeFileSync(join(old, 'usr/lib/python/__init__.py'), 'import evil');
    expect(await update('newer')).toMatchObject({ removed: 1, placed: 1 });
    await settled();
    await update('newer');
    const whole = await update('newer');
    expect(whole).toMatchObject({ kept: 0, unchanged: all + 1 });

    // Without a look, a file that somebody has put there stays until the next update.
    fs.writeFileSync(join(old, 'usr/lib/own'), 'own');
    expect(await update('older', 'memory')).toMatchObject({ unchanged: 0, removed: 1, placed: 0 });
    expect(fs.existsSync(join(old, 'usr/lib/own'))).toBe(true);
    expect(await update('newer')).toMatchObject({ removed: 1, made: 1 });
    await compare(repo, 'newer', top);
    await settled();
    await update('newer');

    for (const damaged of [Buffer.from('x'), Buffer.alloc(0)]) {
      const [name] = fs.readdirSync(join(repo.path, 'tmp/cache/ost-checkouts'));
      fs.writeFileSync(join(repo.path, 'tmp/cache/ost-checkouts', name ?? ''), damaged);
      expect(await update('newer')).toMatchObject({ unchanged: 0, placed: 0 });
    }
    forgetCheckouts(repo, [old]);
    expect((await update('newer')).unchanged).toBe(whole.unchanged);
    forgetCheckouts(repo);
    expect((await update('newer')).unchanged).toBe(0);

    // What differs from an older commit cannot be told when that has gone, or is damaged.
    const { contents } = repo.loadCommit(repo.resolve('newer'));
    const root = join(repo.path, 'objects', contents.slice(0, 2), `${contents.slice(2)}.dirtree`);
    for (const spoil of [() => fs.writeFileSync(root, 'damaged'), () => fs.unlinkSync(root)]) {
      await update('older');
      await settled();
      await update('newer');
      spoil();
      expect(await update('older')).toMatchObject({ unchanged: 0, removed: 1, placed: 0 });
      await compare(repo, 'older', top);
      fs.rmSync(root, { force: true });
      await commitDir(repo, tree, { branch: 'newer' });
    }
  });

  it('links an object that came back after it was damaged', async () => {
    const repo = await freshRepo('bare');
    const tree = write(join(scratch(), 'tree'), { 'usr/lib/file': 'content', 'usr/lib/other': 'x' });
    await commitDir(repo, tree);
    const top = await place(repo, 'main');
    const [old, commit] = [join(top, 'old'), repo.resolve('main')];
    await settled();
    await updateCheckout(repo, commit, old, { remember: true });
    fs.writeFileSync(join(old, 'usr/lib/file'), 'damaged');
    await fsck(repo, { delete: true, all: true });
    await commitDir(repo, tree);
    expect(await updateCheckout(repo, commit, old, { remember: true })).toMatchObject({ unchanged: 0, placed: 1 });
    await compare(repo, 'main', top);
    expect(fs.readFileSync(join(old, 'usr/lib/file'), 'utf8')).toBe('content');
  });

  const copy = { from: '/usr/etc', to: 'etc' };

  it('has a copy of a directory that equals a new one, whatever was done to the first', async () => {
    const repo = await freshRepo('bare');
    const deeds = fc.array(fc.tuple(fc.constantFrom(...Object.keys(mischief)), fc.nat()), { maxLength: 6 });
    const trust = fc.constantFrom('nothing', 'unchanged', 'memory');
    const property = fc.asyncProperty(node, node, trust, deeds, async (before, after, how, done) => {
      const trees = scratch();
      for (const name of ['a', 'b']) makeTree(join(trees, name, 'usr/etc'));
      makeNode(join(trees, 'a/usr/etc/node'), before);
      makeNode(join(trees, 'b/usr/etc/node'), after);
      await commitDir(repo, join(trees, 'a'), { branch: 'older', parent: null });
      await commitDir(repo, join(trees, 'b'), { branch: 'newer', parent: null });
      const top = await place(repo, 'older');
      const old = join(top, 'old');
      const options = { remember: true, copy } as const;
      expect(await updateCheckout(repo, repo.resolve('older'), old, options)).toMatchObject({ copied: true });
      await settled();
      await updateCheckout(repo, repo.resolve('older'), old, options);
      for (const [deed, number] of done) {
        const path = pick(join(old, 'etc'), number);
        if (path !== join(old, 'etc')) mischief[deed]?.(path, old);
      }
      await updateCheckout(repo, repo.resolve('newer'), old, { ...options, trust: how });
      const whole = join(top, 'whole');
      await checkout(repo, repo.resolve('newer'), whole);
      await checkout(repo, repo.resolve('newer'), join(whole, 'etc'), { subpath: '/usr/etc', forceCopy: true });
      expect(listing(old)).toEqual(listing(whole));
      for (const line of identitiesOf(join(old, 'etc'), '')) expect(line).toMatch(/alone| time /);
      expect(listing(join(top, 'outside'))).toEqual(outside);
    });
    await fc.assert(property, { numRuns: 30, endOnFailure: true });
  });

  it('keeps the files of a copy that are as they were, and has none where there is nothing to copy', async () => {
    const repo = await freshRepo('bare');
    const tree = write(join(scratch(), 'tree'), {
      'usr/etc/one': '1',
      'usr/etc/sub/two': '2',
      'usr/etc/link': '-> one',
    });
    await commitDir(repo, tree, { branch: 'with' });
    fs.rmSync(join(tree, 'usr/etc'), { recursive: true });
    await commitDir(repo, tree, { branch: 'without' });
    write(tree, { 'usr/etc/one': '1', etc: 'a file' });
    await commitDir(repo, tree, { branch: 'taken' });
    const top = await place(repo, 'with');
    const old = join(top, 'old');
    const update = (branch: string) => updateCheckout(repo, repo.resolve(branch), old, { remember: true, copy });
    const inodes = (): bigint[] =>
      ['one', 'sub/two', 'link'].map((name) => fs.lstatSync(join(old, 'etc', name), { bigint: true }).ino);
    expect(await update('with')).toMatchObject({ copied: true, made: 1 });
    const before = inodes();
    await settled();
    expect(await update('with')).toMatchObject({ copied: true, placed: 0, made: 0, removed: 0 });
    fs.writeFileSync(join(old, 'etc/sub/two'), 'x');
    expect(await update('with')).toMatchObject({ copied: true, placed: 1, removed: 1 });
    const after = inodes();
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
    expect(fs.readFileSync(join(old, 'etc/sub/two'), 'utf8')).toBe('2');

    expect(await update('without')).toMatchObject({ copied: false, removed: 2 });
    expect(fs.existsSync(join(old, 'etc'))).toBe(false);
    expect(await update('taken')).toMatchObject({ copied: false });
    expect(fs.readFileSync(join(old, 'etc'), 'utf8')).toBe('a file');
    expect(await update('with')).toMatchObject({ copied: true, made: 2 });
    expect(fs.readFileSync(join(old, 'etc/one'), 'utf8')).toBe('1');
  });

  it('carries whiteouts for overlays out', async () => {
    const repo = await freshRepo('bare');
    const tree = write(join(scratch(), 'tree'), { 'sub/.ostree-wh.gone': '', 'sub/stays': 'x' });
    await commitDir(repo, tree);
    const top = await place(repo, 'main');
    await updateCheckout(repo, repo.resolve('main'), join(top, 'old'), { processPassthroughWhiteouts: true });
    expect(fs.readdirSync(join(top, 'old/sub'))).toEqual(['gone', 'stays']);
    expect(fs.lstatSync(join(top, 'old/sub/gone')).isCharacterDevice()).toBe(true);
  });

  it('is refused where something is mounted', async () => {
    const repo = await freshRepo('bare');
    await commitDir(repo, makeTree(join(scratch(), 'tree')));
    const top = await place(repo, 'main');
    const at = join(top, 'old/etc');
    if (spawnSync('mount', ['--bind', join(top, 'outside'), at]).status !== 0) return;
    try {
      const error = await failure(updateCheckout(repo, repo.resolve('main'), join(top, 'old')));
      expect(error).toMatchObject({ code: 'state', message: `${at} is a mount point` });
    } finally {
      spawnSync('umount', [at]);
    }
    const archive = await freshRepo('archive');
    await commitDir(archive, join(top, 'outside'));
    const error = await failure(updateCheckout(archive, archive.resolve('main'), join(top, 'old')));
    expect(error).toMatchObject({ code: 'unsupported' });
  });
});
