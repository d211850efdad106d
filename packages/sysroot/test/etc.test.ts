import * as fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { lgetxattr, lsetxattr } from '@ost/linux';
import { diffDirectories, type EtcDiff, mergeEtc } from '@ost/sysroot';
import { scratch, write } from './oracle.js';

const dirs: string[] = [];
let dir = '';
beforeEach(() => {
  dir = scratch();
  dirs.push(dir);
  for (const name of ['original', 'modified', 'target']) fs.mkdirSync(join(dir, name));
});
afterAll(() => {
  for (const path of dirs) fs.rmSync(path, { recursive: true, force: true });
});

const at = (path: string): string => join(dir, path);
const merge = (): EtcDiff => mergeEtc({ original: at('original'), modified: at('modified'), target: at('target') });
const all = (files: Record<string, string>): void => {
  for (const name of ['original', 'modified', 'target']) write(at(name), files);
};
const read = (path: string): string => fs.readFileSync(at(`target/${path}`), 'utf8');

describe('comparing', () => {
  it('finds content, mode, owner, type and target changes, and whole added trees', () => {
    all({
      same: 'x',
      content: '1',
      mode: '1',
      kind: '1',
      link: '-> a',
      gone: 'x',
      'gonedir/file': 'x',
      'dir/inner': '1',
    });
    write(at('modified'), { content: '2', link: '-> b', 'new/deep/file': '', 'dir/inner': '2' });
    fs.chmodSync(at('modified/mode'), 0o600);
    fs.rmSync(at('modified/kind'));
    fs.mkdirSync(at('modified/kind'));
    fs.rmSync(at('modified/gone'));
    fs.rmSync(at('modified/gonedir'), { recursive: true });
    const { modified, removed, added } = diffDirectories(at('original'), at('modified'));
    expect(modified.map(String)).toEqual(['content', 'dir/inner', 'kind', 'link', 'mode']);
    expect(removed.map(String)).toEqual(['gone', 'gonedir']);
    expect(added.map(String)).toEqual(['new', 'new/deep', 'new/deep/file']);
  });

  it('sees a change of equal length, and no time stamps', () => {
    all({ a: 'same length', b: 'x' });
    write(at('modified'), { a: 'SAME LENGTH' });
    fs.utimesSync(at('modified/b'), 1, 1);
    expect(diffDirectories(at('original'), at('modified')).modified.map(String)).toEqual(['a']);
  });
});

describe('merging', () => {
  it('lets local changes win over new defaults', () => {
    all({ kept: 'default', changed: 'default', gone: 'default', 'd/gone': 'x' });
    write(at('modified'), { changed: 'local' });
    fs.rmSync(at('modified/gone'));
    fs.rmSync(at('modified/d'), { recursive: true });
    write(at('target'), { kept: 'new default', changed: 'new default', fresh: 'new' });
    merge();
    expect([read('kept'), read('changed'), read('fresh')]).toEqual(['new default', 'local', 'new']);
    expect(fs.readdirSync(at('target')).sort()).toEqual(['changed', 'fresh', 'kept']);
  });

  it('carries mode, owner, times and attributes', () => {
    all({ 'd/file': '1' });
    const path = at('modified/d/file');
    fs.writeFileSync(path, '2');
    fs.chmodSync(path, 0o4751);
    fs.utimesSync(path, 1000, 2000.5);
    fs.chmodSync(at('modified/d'), 0o711);
    let xattrs = true;
    try {
      lsetxattr(path, 'user.note', Buffer.from('kept'));
    } catch {
      xattrs = false;
      console.log('skipped: attributes: not supported here');
    }
    merge();
    const stat = fs.statSync(at('target/d/file'));
    expect([stat.mode & 0o7777, stat.mtimeMs]).toEqual([0o4751, 2_000_500]);
    expect(fs.statSync(at('target/d')).mode & 0o777).toBe(0o711);
    if (xattrs) expect(Buffer.from(lgetxattr(at('target/d/file'), 'user.note') ?? []).toString()).toBe('kept');
  });

  it('turns files into directories and back', () => {
    all({ file: 'x', 'dir/inner': 'x' });
    fs.rmSync(at('modified/file'));
    write(at('modified'), { 'file/inside': 'y' });
    fs.rmSync(at('modified/dir'), { recursive: true });
    write(at('modified'), { dir: 'now a file' });
    // The directory has no counterpart to be merged with any more.
    fs.rmSync(at('target/dir'), { recursive: true });
    merge();
    expect([read('file/inside'), read('dir')]).toEqual(['y', 'now a file']);
  });

  it('makes missing parents, copies links, and ignores pipes', () => {
    all({});
    write(at('modified'), { 'a/b/c': 'deep', 'a/link': '-> /ENOENT' });
    execFileSync('mkfifo', [at('modified/a/pipe'), at('modified/pipe')]);
    const ignored: string[] = [];
    mergeEtc(
      { original: at('original'), modified: at('modified'), target: at('target') },
      { onIgnored: (path) => ignored.push(path) },
    );
    expect(read('a/b/c')).toBe('deep');
    expect(fs.readlinkSync(at('target/a/link'))).toBe('/ENOENT');
    expect(new Set(ignored)).toEqual(new Set(['a/pipe', 'pipe']));
    expect(fs.existsSync(at('target/pipe'))).toBe(false);
  });

  it('keeps names that are not text', () => {
    all({});
    const name = Buffer.concat([Buffer.from(at('modified/')), Buffer.from([0xff, 0xfe])]);
    fs.mkdirSync(name);
    fs.writeFileSync(Buffer.concat([name, Buffer.from('/\x80', 'latin1')]), 'bytes');
    merge();
    const target = Buffer.concat([Buffer.from(at('target/')), Buffer.from([0xff, 0xfe])]);
    expect(fs.readFileSync(Buffer.concat([target, Buffer.from('/\x80', 'latin1')]), 'utf8')).toBe('bytes');
  });

  it('refuses where a changed file has become a directory by default', () => {
    all({ config: 'x' });
    write(at('modified'), { config: 'y' });
    fs.rmSync(at('target/config'));
    fs.mkdirSync(at('target/config'));
    expect(merge).toThrow("Modified config file newly defaults to directory 'config', cannot merge");
  });

  it('refuses where the directory of a changed file has become a file', () => {
    all({ 'd/config': 'x' });
    write(at('modified'), { 'd/config': 'y' });
    fs.rmSync(at('target/d'), { recursive: true });
    fs.writeFileSync(at('target/d'), '');
    expect(merge).toThrow('Not a directory');
  });
});
