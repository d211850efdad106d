import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether the reference implementation is here to compare with. */
export const haveOstree: boolean = spawnSync('ostree', ['--version']).status === 0;

/** No immutable flags to clear, and no flush of every disk of the machine. */
const quick = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments', OSTREE_SYSROOT_OPTS: 'skip-sync' };

/** Runs the reference implementation; returns what it printed. */
export function ostree(args: readonly string[], env: Record<string, string> = {}): string {
  return execFileSync('ostree', args, {
    encoding: 'utf8',
    env: { ...process.env, ...quick, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What the reference implementation says when it refuses. */
export function ostreeError(args: readonly string[]): string {
  const result = spawnSync('ostree', args, {
    encoding: 'utf8',
    env: { ...process.env, ...quick },
  });
  return (
    result.stderr
      .trim()
      .split('\n')
      .findLast((line) => line.startsWith('error: '))
      ?.slice('error: '.length) ?? `(exit ${result.status})`
  );
}

/** A scratch directory: in memory where that is possible, since most tests sync a lot; or on the disk. */
export function scratch(where: 'fast' | 'disk' = 'fast'): string {
  const base = where === 'fast' && fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  return fs.mkdtempSync(join(base, 'ost-sysroot-'));
}

/** Writes files below a directory; a value `-> TARGET` makes a link, a name ending in `/` a directory. */
export function write(root: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    fs.mkdirSync(name.endsWith('/') ? path : join(path, '..'), { recursive: true });
    if (name.endsWith('/')) continue;
    fs.rmSync(path, { force: true });
    if (content.startsWith('-> ')) fs.symlinkSync(content.slice(3), path);
    else fs.writeFileSync(path, content);
  }
}

/** The tree of a small operating system. */
export function osTree(dir: string, kernel = '3.6.0', extra: Record<string, string> = {}): void {
  write(dir, {
    bin: '-> usr/bin',
    'usr/bin/sh': 'an executable\n',
    'usr/etc/NetworkManager/nm.conf': 'a default daemon file\n',
    'usr/etc/testdirectory/test': 'a default daemon file\n',
    'usr/etc/aconfigfile': 'a config file\n',
    'usr/etc/os-release': 'NAME=TestOS\nVERSION=42\nID=testos\nVERSION_ID=42\nPRETTY_NAME="TestOS 42"\n',
    [`usr/lib/modules/${kernel}/vmlinuz`]: 'a kernel\n',
    [`usr/lib/modules/${kernel}/initramfs.img`]: 'an initramfs\n',
    [`usr/lib/modules/${kernel}/.vmlinuz.hmac`]: 'an hmac file\n',
    'usr/share/': '',
    ...extra,
  });
}

/** Commits a tree with the reference implementation. */
export function commit(
  repo: string,
  tree: string,
  version: string,
  timestamp: number,
  branch = 'testos/stable',
): string {
  return ostree([
    `--repo=${repo}`,
    'commit',
    '--bootable',
    `--timestamp=@${timestamp}`,
    '--owner-uid=0',
    '--owner-gid=0',
    '--add-metadata-string',
    `version=${version}`,
    '-b',
    branch,
    '-s',
    'Build',
    `--tree=dir=${tree}`,
  ]).trim();
}

/**
 * Everything that can be seen of a system root but object files: type, mode, links, target, content. Directory times
 * count only in so far as they are zero.
 */
export function listing(root: string): string[] {
  const lines: string[] = [];
  const walk = (dir: string): void => {
    for (const name of fs.readdirSync(join(root, dir)).sort()) {
      const path = dir === '' ? name : `${dir}/${name}`;
      if (path === 'ostree/repo/objects' || path.startsWith('ostree/repo/tmp/cache/')) continue;
      const stat = fs.lstatSync(join(root, path));
      const mode = (stat.mode & 0o7777).toString(8);
      const owner = `${stat.uid}:${stat.gid}`;
      if (stat.isSymbolicLink()) lines.push(`l ${path} -> ${fs.readlinkSync(join(root, path))}`);
      else if (stat.isDirectory()) {
        lines.push(`d ${mode} ${owner} ${stat.mtimeMs === 0 ? 'epoch' : 'now'} ${path}`);
        walk(path);
      } else {
        const sum = createHash('sha256')
          .update(fs.readFileSync(join(root, path)))
          .digest('hex')
          .slice(0, 12);
        lines.push(`f ${mode} ${owner} x${stat.nlink} ${sum} ${path}`);
      }
    }
  };
  walk('');
  return lines;
}

/** A line of a listing without the number of links. */
export function unlinked(line: string): string {
  return line.replace(/^(f \d+ \d+:\d+) x\d+/, '$1');
}

/** All object files of a repository. */
export function objects(repo: string): string[] {
  return fs
    .readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('.'))
    .sort();
}
