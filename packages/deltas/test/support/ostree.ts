import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import type { Checksum, HashProvider } from '@ost/objects';
import { parseArchiveHeader, toChecksum } from '@ost/objects';
import { MemoryStore } from './memory-store.js';
import type { Tree } from './tree.js';
import { writeTree } from './tree.js';

/** The real program, whose deltas these tests apply. */
export const OSTREE: string = process.env['OSTREE'] ?? 'ostree';

/** Whether it is here; says so once if not. */
export const hasOstree: boolean = spawnSync(OSTREE, ['--version']).status === 0;
if (!hasOstree) console.log('skipped: ostree is not installed, static deltas of libostree are not tested');

/** Hashing by node. */
export const nodeHash: HashProvider = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex') as Checksum;
  },
  create() {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') as Checksum };
  },
};

/** An archive repository of the real program in a temporary directory. */
export class OstreeRepo {
  readonly root: string = mkdtempSync(join(tmpdir(), 'ost-deltas-'));
  readonly path: string = join(this.root, 'repo');

  constructor() {
    this.run('init', '--mode=archive');
  }

  run(...args: string[]): string {
    const [command = '', ...rest] = args;
    return execFileSync(OSTREE, [command, `--repo=${this.path}`, ...rest], {
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, OSTREE_DUMMY_SIGN_ENABLED: '1' },
    });
  }

  commit(tree: Tree, ...options: string[]): Checksum {
    const directory = mkdtempSync(join(this.root, 'tree-'));
    writeTree(directory, tree);
    return this.commitDirectory(directory, ...options);
  }

  commitDirectory(directory: string, ...options: string[]): Checksum {
    const out = this.run('commit', '-b', 'main', '--owner-uid=0', '--owner-gid=0', ...options, directory);
    return toChecksum(out.trim());
  }

  /** Generates a delta and answers where it is. */
  generate(...options: string[]): string {
    const directory = mkdtempSync(join(this.root, 'delta-'));
    const file = join(directory, 'superblock');
    this.run('static-delta', 'generate', `--filename=${file}`, ...options);
    return file;
  }

  /** The objects that are stored now. */
  objects(): Set<string> {
    const found = new Set<string>();
    const base = join(this.path, 'objects');
    for (const prefix of readdirSync(base)) {
      for (const name of readdirSync(join(base, prefix))) found.add(`${prefix}${name}`);
    }
    return found;
  }

  /** A store with the named objects of this repository. */
  store(objects: Iterable<string>, options: { async?: boolean } = {}): MemoryStore {
    const store = new MemoryStore(options);
    for (const name of objects) {
      const bytes = new Uint8Array(readFileSync(join(this.path, 'objects', name.slice(0, 2), name.slice(2))));
      const [hex = '', type = ''] = name.split('.');
      const checksum = toChecksum(hex);
      if (type === 'filez') {
        const { header, headerLength } = parseArchiveHeader(bytes);
        const deflated = bytes.subarray(headerLength);
        const content = header.symlinkTarget === '' ? new Uint8Array(inflateRawSync(deflated)) : deflated;
        store.files.set(checksum, { header, content });
      } else if (type === 'commitmeta') {
        store.detached.set(checksum, bytes);
      } else {
        store.metadata.set(`${checksum}.${type}`, bytes);
      }
    }
    return store;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
