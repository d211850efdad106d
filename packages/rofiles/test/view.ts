import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Why there can be no view here, or `null`: only root mounts without a helper. */
export const obstacle: string | null = findObstacle();

function findObstacle(): string | null {
  if (process.platform !== 'linux') return 'not Linux';
  try {
    fs.accessSync('/dev/fuse', fs.constants.R_OK | fs.constants.W_OK);
  } catch {
    return 'no access to /dev/fuse';
  }
  if (process.getuid?.() === 0) {
    return spawnSync('unshare', ['-m', 'true']).status === 0 ? null : 'mounting is not allowed';
  }
  return spawnSync('fusermount3', ['-V']).status === 0 ? null : 'no fusermount3';
}

if (obstacle !== null) console.log(`skipped: rofiles: ${obstacle}`);

/** A directory with shared and unshared files, and a view of it. */
export class View {
  readonly dir: string = fs.mkdtempSync('/var/tmp/ost-rofiles-');
  readonly base: string = join(this.dir, 'base');
  readonly at: string = join(this.dir, 'view');
  #server: ChildProcess | null = null;

  constructor() {
    for (const path of [this.base, this.at, join(this.base, 'sub')]) fs.mkdirSync(path);
    fs.writeFileSync(join(this.base, 'shared'), 'shared');
    fs.linkSync(join(this.base, 'shared'), join(this.dir, 'object'));
    fs.writeFileSync(join(this.base, 'own'), 'own');
    fs.symlinkSync('shared', join(this.base, 'link'));
  }

  /** Serves the view in a process of its own: this one is about to wait for its answers. */
  async mount(options: { copyUp?: boolean; mountOptions?: string[] } = {}, at: string = this.at): Promise<void> {
    const script = `
      import { serveRofiles } from '@ost/rofiles';
      process.umask(0);
      const stop = new AbortController();
      process.once('SIGTERM', () => stop.abort());
      const [base, at, options] = process.argv.slice(1);
      const onMounted = () => console.log('mounted');
      await serveRofiles(base, at, { ...JSON.parse(options), signal: stop.signal, onMounted });
    `;
    const args = ['--input-type=module', '-e', script, '--', this.base, at, JSON.stringify(options)];
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
    const server = spawn(process.execPath, args, { stdio, cwd: import.meta.dirname });
    this.#server = server;
    const ended = once(server, 'exit').then(() => Promise.reject(new Error('the server ended')));
    await Promise.race([once(server.stdout, 'data'), ended]);
    ended.catch(() => undefined);
  }

  /** Ends the view by a signal; the exit code of its process. */
  async unmount(): Promise<number | null> {
    const server = this.#server;
    if (server === null || server.exitCode !== null) return null;
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    const [code] = (await ended) as [number | null];
    this.#server = null;
    return code;
  }

  async remove(): Promise<void> {
    await this.unmount();
    fs.rmSync(this.dir, { recursive: true });
  }
}

const views: View[] = [];
afterAll(async () => {
  for (const view of views) await view.remove();
});

/** A view that goes away with the file's tests. */
export function newView(): View {
  const view = new View();
  views.push(view);
  return view;
}
