import * as fs from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { codec, variant } from '@ost/gvariant';
import { type Checksum } from '@ost/objects';
import { commitTree, initRepo, type Repo } from '@ost/repo';
import { deploy, initFs, initStateroot, Sysroot, type SysrootMessage, type SysrootOptions } from '@ost/sysroot';
import { osTree, scratch } from './oracle.js';

/** A system root with the stateroot `testos`, made by us alone. */
export class Fixture {
  readonly root: string;
  readonly run: string;
  messages: SysrootMessage[] = [];

  private constructor(readonly dir: string) {
    this.root = join(dir, 'root');
    this.run = join(dir, 'run');
  }

  static async create(where?: 'fast' | 'disk'): Promise<Fixture> {
    const fixture = new Fixture(scratch(where));
    onTestFinished(() => fs.rmSync(fixture.dir, { recursive: true, force: true }));
    fs.mkdirSync(fixture.root);
    fs.mkdirSync(fixture.run);
    await initFs(fixture.root, { epoch: 1 });
    const sysroot = await fixture.open();
    initStateroot(sysroot, 'testos');
    return fixture;
  }

  /** A system that runs its only deployment. */
  static async running(): Promise<Fixture> {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'main');
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    fixture.boot(sysroot.deployments[0] as { path: string });
    return fixture;
  }

  open(options: SysrootOptions = {}): Promise<Sysroot> {
    return Sysroot.open(this.root, {
      debug: { mutableDeployments: true },
      runDir: this.run,
      runningRoot: this.root,
      onMessage: (message) => this.messages.push(message),
      ...options,
    });
  }

  /** Sets a key of the group `sysroot`, for those who open the root from now on. */
  async configure(key: string, value: string): Promise<void> {
    const { repo } = await this.open();
    const config = repo.readConfig();
    config.set('sysroot', key, value);
    repo.saveConfig(config);
  }

  /** A repository beside the system root, to pull from. */
  remote(): Promise<Repo> {
    return initRepo(join(this.dir, 'remote'), { mode: 'archive' });
  }

  /** Commits a small operating system under `branch`. */
  async commit(repo: Repo, branch: string, options: CommitFixture = {}): Promise<Checksum> {
    const tree = fs.mkdtempSync(join(this.dir, 'tree-'));
    osTree(tree, options.kernel ?? '1.0', options.files ?? {});
    for (const path of options.without ?? []) fs.rmSync(join(tree, path), { recursive: true });
    const { checksum } = await commitTree(repo, [{ type: 'dir', path: tree }], {
      branch,
      subject: 'Build',
      timestamp: options.timestamp ?? 1_700_000_000n,
      metadata: Object.entries(options.metadata ?? {}).map(([key, value]) => [key, variant('s', value)]),
    });
    return checksum;
  }

  /** Makes the machine look as if it ran a deployment of this root. */
  boot(deployment: { path: string }): void {
    const { dev, ino } = fs.statSync(deployment.path, { bigint: true });
    const marker = codec('a{sv}').encode([['backing-root-device-inode', variant('(tt)', [dev, ino])]]);
    fs.writeFileSync(join(this.run, 'ostree-booted'), marker);
  }

  texts(): string[] {
    return this.messages.splice(0).map(({ text }) => text);
  }
}

/** What {@link Fixture.commit} commits. */
export interface CommitFixture {
  kernel?: string;
  files?: Record<string, string>;
  without?: string[];
  metadata?: Record<string, string>;
  timestamp?: bigint;
}
