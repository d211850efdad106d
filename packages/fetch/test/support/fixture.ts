import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { addRemote, commitTree, fsck, initRepo, openRepo, type Repo, updateSummary } from '@ost/repo';
import type { Checksum } from '@ost/objects';
import { TestServer } from './server.js';

/** A served repository with two commits on `main`, and a place for repositories that pull from it. */
export interface Fixture {
  readonly root: string;
  readonly server: TestServer;
  readonly source: Repo;
  readonly first: Checksum;
  readonly second: Checksum;
  /** Makes an empty repository with the remote `origin`. */
  client(mode?: string, keys?: readonly (readonly [string, string])[]): Promise<Repo>;
  /** Commits a further state of the tree. */
  commit(change: (tree: string) => void, options?: { branch?: string; timestamp?: bigint }): Promise<Checksum>;
  close(): Promise<void>;
}

let serial = 0;

/** Makes a fixture. */
export async function makeFixture(options: { collectionId?: string } = {}): Promise<Fixture> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-fetch-'));
  const tree = path.join(root, 'tree');
  fs.mkdirSync(path.join(tree, 'dir/deep'), { recursive: true });
  fs.writeFileSync(path.join(tree, 'file'), 'first');
  fs.writeFileSync(path.join(tree, 'dir/other'), 'other');
  fs.writeFileSync(path.join(tree, 'dir/deep/empty'), '');
  fs.writeFileSync(path.join(tree, 'dir/deep/tool'), '#!/bin/sh\n', { mode: 0o755 });
  fs.symlinkSync('../file', path.join(tree, 'dir/link'));
  const source = await initRepo(path.join(root, 'srv'), { mode: 'archive', ...options });
  let time = 1_600_000_000n;
  const commit: Fixture['commit'] = async (change, { branch = 'main', timestamp } = {}) => {
    change(tree);
    time += 100n;
    const sources = [{ type: 'dir', path: tree }] as const;
    const { checksum } = await commitTree(source, sources, { branch, timestamp: timestamp ?? time, fsync: false });
    await updateSummary(source);
    return checksum;
  };
  const first = await commit(() => undefined);
  const second = await commit((t) => fs.writeFileSync(path.join(t, 'file'), 'second'));
  const server = await new TestServer(path.join(root, 'srv')).start();
  return {
    root,
    server,
    source,
    first,
    second,
    commit,
    client: async (mode = 'archive', keys = [['gpg-verify', 'false']]) => {
      const at = path.join(root, `client-${serial++}`);
      const repo = await initRepo(at, { mode });
      addRemote(repo, 'origin', { keys: [['url', server.url], ...keys] });
      return openRepo(at);
    },
    close: async () => {
      await server.stop();
      fs.rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Fails unless every object of the repository is whole. */
export async function assertSound(repo: Repo): Promise<void> {
  await fsck(await openRepo(repo.path));
}

/** Path of an object below a repository. */
export function objectFile(checksum: string, extension: string): string {
  return `objects/${checksum.slice(0, 2)}/${checksum.slice(2)}.${extension}`;
}

/** Names of all loose objects. */
export function objects(repo: Repo): string[] {
  return fs
    .readdirSync(path.join(repo.path, 'objects'), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() || e.isSymbolicLink())
    .map((e) => path.basename(e.parentPath) + e.name);
}

/** True when a commit is marked as partial. */
export function isPartial(repo: Repo, commit: string): boolean {
  return fs.existsSync(path.join(repo.path, 'state', `${commit}.commitpartial`));
}
