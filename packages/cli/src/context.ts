import * as path from 'node:path';
import { findRepo, openRepo, type Repo, systemRemotesDirectory } from '@ost/repo';
import type { Args } from './args.js';
import { UsageError } from './errors.js';
import type { Io } from './io.js';
import type { Output } from './output.js';
import type { CommandSpec } from './table/types.js';

/** What a command's body works with. */
export interface CommandContext {
  readonly args: Args;
  readonly io: Io;
  readonly out: Output;
  readonly err: Output;
  /** The command and the groups above it, outermost first. */
  readonly path: readonly CommandSpec[];
}

/** A path of the command line, made absolute. */
export function resolvePath(context: CommandContext, file: string): string {
  return path.resolve(context.io.cwd, file);
}

/**
 * Opens the repository that the command is about: `--repo`, else the one that it would be without.
 * @throws UsageError when there is none
 */
export async function openCommandRepo(context: CommandContext): Promise<Repo> {
  const found = repoPath(context);
  // The running system's repository has remotes in `/etc` too.
  const root = context.io.env['OSTREE_SYSROOT'] ?? '/';
  const system = found === path.join(root, 'ostree/repo') && context.args.string('repo') === undefined;
  return openRepo(found, system ? { remotesDirectory: systemRemotesDirectory(root) } : {});
}

/** The path of {@link openCommandRepo}, which need not exist. */
export function repoPath(context: CommandContext): string {
  const { args, io } = context;
  const given = args.string('repo');
  if (given !== undefined) return resolvePath(context, given);
  const found = findRepo(io.env, io.cwd);
  if (found === null) throw new UsageError('Command requires a --repo argument');
  return found;
}

/** Refuses an option that the table has for the sake of clear words. */
export function refuse(context: CommandContext, names: readonly string[]): void {
  for (const name of names) {
    if (isGiven(context, name)) throw new Error(`--${name} is not supported yet`);
  }
}

function isGiven({ args, path: specs }: CommandContext, name: string): boolean {
  const spec = specs
    .at(-1)
    ?.options()
    .find((option) => option.name === name);
  switch (spec?.type) {
    case 'flag':
      return args.flag(name);
    case 'integer':
      return args.integer(name) !== undefined;
    default:
      return args.list(name).length > 0;
  }
}
