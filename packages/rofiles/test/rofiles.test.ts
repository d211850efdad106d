import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lgetxattr, llistxattr, lremovexattr, lsetxattr, renameExchange, utimensat } from '@ost/linux';
import { serveRofiles } from '@ost/rofiles';
import { newView, obstacle } from './view.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (path: string): string => fs.readFileSync(path, 'utf8');
const inode = (path: string): bigint => fs.lstatSync(path, { bigint: true }).ino;

describe.skipIf(obstacle !== null)('a view', () => {
  it('refuses whatever changes a shared file', async () => {
    const view = newView();
    await view.mount();
    const [shared, link] = [join(view.at, 'shared'), join(view.at, 'link')];
    expect(read(link)).toBe('shared');
    const changes: [what: string, change: () => void][] = [
      ['write', () => fs.writeFileSync(shared, 'x')],
      ['write by a link', () => fs.appendFileSync(link, 'x')],
      ['open for both', () => fs.closeSync(fs.openSync(shared, 'r+'))],
      ['truncate', () => fs.truncateSync(shared, 1)],
      ['chmod', () => fs.chmodSync(shared, 0o600)],
      ['chown', () => fs.chownSync(shared, 0, 0)],
      ['attribute', () => lsetxattr(shared, 'user.x', bytes('y'))],
      ['fifo', () => execFileSync('mkfifo', [join(view.at, 'fifo')], { stdio: 'ignore' })],
    ];
    for (const [what, change] of changes) expect(change, what).toThrow();
    expect(() => fs.writeFileSync(shared, 'x')).toThrow(/^EROFS/);
    // Times are nobody's business, and names belong to the directory.
    utimensat(shared, { mtime: 1_000_000_001n });
    expect(fs.statSync(join(view.dir, 'object'), { bigint: true }).mtimeNs).toBe(1_000_000_001n);
    fs.renameSync(shared, join(view.at, 'sub/moved'));
    expect(read(join(view.base, 'sub/moved'))).toBe('shared');
    fs.unlinkSync(join(view.at, 'sub/moved'));
    expect(read(join(view.dir, 'object'))).toBe('shared');
    expect(await view.unmount()).toBe(0);
    expect(fs.readdirSync(view.at)).toEqual([]);
  });

  it('lets everything happen to files of its own', async () => {
    const view = newView();
    await view.mount();
    const at = (name: string): string => join(view.at, name);
    fs.appendFileSync(at('own'), ' more');
    fs.chmodSync(at('own'), 0o640);
    lsetxattr(at('own'), 'user.note', bytes('value'));
    expect(llistxattr(at('own')).map((name) => Buffer.from(name).toString())).toContain('user.note');
    expect(Buffer.from(lgetxattr(join(view.base, 'own'), 'user.note') ?? []).toString()).toBe('value');
    expect(lremovexattr(at('own'), 'user.note')).toBe(true);
    expect(lgetxattr(at('own'), 'user.note')).toBeNull();
    fs.truncateSync(at('own'), 3);
    expect([read(join(view.base, 'own')), fs.statSync(join(view.base, 'own')).mode & 0o777]).toEqual(['own', 0o640]);

    fs.mkdirSync(at('new/deep'), { recursive: true, mode: 0o711 });
    const large = Buffer.alloc(3_000_001, 'pattern');
    fs.writeFileSync(at('new/deep/large'), large);
    expect(fs.readFileSync(at('new/deep/large')).equals(large)).toBe(true);
    expect(fs.readFileSync(join(view.base, 'new/deep/large')).equals(large)).toBe(true);
    fs.symlinkSync('large', at('new/deep/link'));
    expect(fs.readlinkSync(join(view.base, 'new/deep/link'))).toBe('large');
    fs.renameSync(at('new'), at('renamed'));
    expect(fs.statSync(at('renamed/deep/large')).size).toBe(large.length);
    renameExchange(at('renamed/deep/link'), at('own'));
    expect(fs.readlinkSync(at('own'))).toBe('large');
    expect(read(at('renamed/deep/link'))).toBe('own');

    // A second name makes it shared.
    fs.writeFileSync(at('twice'), '1');
    fs.linkSync(at('twice'), at('thrice'));
    expect(() => fs.writeFileSync(at('twice'), '2')).toThrow(/^EROFS/);
    fs.unlinkSync(at('thrice'));
    fs.writeFileSync(at('twice'), '2');
    expect(read(join(view.base, 'twice'))).toBe('2');
    fs.rmSync(at('renamed'), { recursive: true });
    expect(fs.existsSync(join(view.base, 'renamed'))).toBe(false);
    expect(fs.statfsSync(view.at).blocks).toBe(fs.statfsSync(view.base).blocks);
  });

  it('serves a file that was unlinked while it was open', async () => {
    const view = newView();
    await view.mount({ mountOptions: ['entry_timeout=0,attr_timeout=0', 'noexec'] });
    const path = join(view.at, 'open');
    const fd = fs.openSync(path, 'wx+');
    fs.unlinkSync(path);
    fs.writeSync(fd, 'still here');
    fs.ftruncateSync(fd, 5);
    fs.fchmodSync(fd, 0o600);
    expect([fs.fstatSync(fd).size, fs.fstatSync(fd).mode & 0o777]).toEqual([5, 0o600]);
    fs.closeSync(fd);
  });

  it('takes names of any bytes, in directories of any size', async () => {
    const view = newView();
    await view.mount();
    const odd = Buffer.concat([Buffer.from(`${view.at}/`), Buffer.from([0x6e, 0xff, 0x0a, 0x80])]);
    fs.writeFileSync(odd, 'odd');
    expect(fs.readFileSync(odd, 'utf8')).toBe('odd');
    const names = Array.from({ length: 3000 }, (_, i) => `a-rather-long-name-for-a-file-number-${i}`);
    for (const name of names) fs.writeFileSync(join(view.base, 'sub', name), '');
    expect(fs.readdirSync(join(view.at, 'sub')).sort()).toEqual(names.sort());
    expect(fs.readdirSync(view.at, { encoding: 'buffer' })).toContainEqual(odd.subarray(view.at.length + 1));
  });

  it('gives a shared file a copy of its own, if asked to', async () => {
    const view = newView();
    const object = join(view.dir, 'object');
    lsetxattr(object, 'user.kept', bytes('yes'));
    fs.chmodSync(object, 0o755);
    utimensat(object, { mtime: 1_234_567_891n });
    await view.mount({ copyUp: true });
    const before = inode(object);
    fs.chmodSync(join(view.at, 'shared'), 0o700);
    const copy = join(view.base, 'shared');
    expect(inode(copy)).not.toBe(before);
    expect(fs.statSync(copy, { bigint: true }).mtimeNs).toBe(1_234_567_891n);
    expect(Buffer.from(lgetxattr(copy, 'user.kept') ?? []).toString()).toBe('yes');
    expect([fs.statSync(copy).mode & 0o777, fs.statSync(object).mode & 0o777]).toEqual([0o700, 0o755]);
    fs.appendFileSync(join(view.at, 'link'), '!');
    expect([read(copy), read(object)]).toEqual(['shared!', 'shared']);
    expect(fs.readdirSync(view.base).sort()).toEqual(['link', 'own', 'shared', 'sub']);
  });

  it('can lie over the directory that it shows', async () => {
    const view = newView();
    await view.mount({}, view.base);
    expect(() => fs.writeFileSync(join(view.base, 'shared'), 'x')).toThrow(/^EROFS/);
    expect(read(join(view.base, 'shared'))).toBe('shared');
    await view.unmount();
    fs.writeFileSync(join(view.base, 'shared'), 'x');
  });
});

describe('what cannot be mounted', () => {
  it('is refused before anything happens', async () => {
    const view = newView();
    const refused = (base: string, at: string, option?: string): Promise<void> =>
      serveRofiles(base, at, option === undefined ? {} : { mountOptions: [option] });
    await expect(refused(view.base, view.at, 'nonesuch')).rejects.toThrow("fuse: unknown option 'nonesuch'");
    await expect(refused(view.base, view.at, 'attr_timeout=-1')).rejects.toThrow("invalid option 'attr_timeout=-1'");
    await expect(refused(join(view.base, 'none'), view.at)).rejects.toThrow(/ENOENT/);
    await expect(refused(view.base, join(view.base, 'own'))).rejects.toThrow('Not a directory');
    expect(fs.readdirSync(view.at)).toEqual([]);
  });
});
