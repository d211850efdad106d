import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type Io, run } from '@ost/cli';

/** What a command line did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface Setting {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string | Uint8Array;
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
  /** Parts of the process to replace. */
  readonly io?: Partial<Io>;
}

async function* once(data: string | Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield typeof data === 'string' ? Buffer.from(data) : data;
}

/** Runs one command line in this process. */
export async function ost(argv: readonly string[], setting: Setting = {}): Promise<Outcome> {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const sink = (name: 'stdout' | 'stderr'): Io['stdout'] => ({
    isTTY: setting.isTTY ?? false,
    columns: 80,
    write: (data) => void output[name].push(Buffer.from(data)),
  });
  const io: Io = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: once(setting.stdin ?? ''),
    env: setting.env ?? { PATH: process.env['PATH'] },
    cwd: setting.cwd ?? process.cwd(),
    program: 'ost',
    signal: setting.signal ?? new AbortController().signal,
    ...setting.io,
  };
  const code = await run(argv, io);
  return { code, stdout: Buffer.concat(output.stdout).toString(), stderr: Buffer.concat(output.stderr).toString() };
}

/** Runs a command line that must succeed; returns what it printed. */
export async function good(argv: readonly string[], setting: Setting = {}): Promise<string> {
  const { code, stdout, stderr } = await ost(argv, setting);
  if (code !== 0) throw new Error(`ost ${argv.join(' ')} failed: ${stderr}`);
  return stdout;
}

/** Runs a command line that must fail; returns its last line without `error: `. */
export async function bad(argv: readonly string[], setting: Setting = {}): Promise<string> {
  const { code, stderr, stdout } = await ost(argv, setting);
  if (code === 0) throw new Error(`ost ${argv.join(' ')} succeeded: ${stdout}`);
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  return line.replace(/^error: /, '');
}

/** A directory with a tree to commit and a place for repositories; removed when the tests of a file are over. */
export class Place {
  readonly path: string = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-cli-'));

  at(...names: string[]): string {
    return path.join(this.path, ...names);
  }

  write(name: string, content: string, mode = 0o644): void {
    fs.mkdirSync(path.dirname(this.at(name)), { recursive: true });
    fs.writeFileSync(this.at(name), content);
    fs.chmodSync(this.at(name), mode);
  }

  /** A small tree with a file, a program, a link and a directory. */
  tree(name = 'tree'): string {
    this.write(`${name}/hello.txt`, 'hello\n');
    this.write(`${name}/sub/run`, '#!/bin/sh\n', 0o755);
    fs.symlinkSync('hello.txt', this.at(name, 'link'));
    for (const directory of [name, `${name}/sub`]) fs.chmodSync(this.at(directory), 0o755);
    return this.at(name);
  }

  /** A repository with one commit of {@link Place.tree} on `main`, made for everyone's user and time. */
  async repo(name = 'repo', mode = 'archive'): Promise<string> {
    const repo = this.at(name);
    await good(['init', `--repo=${repo}`, `--mode=${mode}`]);
    if (!fs.existsSync(this.at('tree'))) this.tree();
    await this.commit(repo, 'main', ['-s', 'First', '-m', 'The body']);
    return repo;
  }

  async commit(repo: string, branch: string, more: readonly string[] = [], tree = 'tree'): Promise<string> {
    const fixed = ['--owner-uid=0', '--owner-gid=0', '--no-xattrs', '--timestamp=@1700000000'];
    const out = await good(['commit', `--repo=${repo}`, '-b', branch, ...fixed, ...more, this.at(tree)]);
    return out.trim();
  }

  remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}
