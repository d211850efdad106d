import type { Args } from './args.js';
import type { CommandContext } from './context.js';
import { BrokenPipeError, describeError, isAbort, UsageError } from './errors.js';
import { type Io, processIo } from './io.js';
import { Output } from './output.js';
import { HelpRequest, parseOptions, takeCommand } from './parse.js';
import { root } from './table/index.js';
import { allOptions } from './table/options.js';
import type { CommandSpec } from './table/types.js';

/** Exit code of a process that SIGPIPE would have ended. */
const BROKEN_PIPE = 141;

/** What `--verbose` asks for in one: the stack of an error, and a line for each HTTP request. */
const DEBUG = ['OST_DEBUG', 'OSTREE_DEBUG_HTTP'] as const;

interface Found {
  readonly path: readonly CommandSpec[];
  /** Arguments that are left. */
  readonly rest: readonly string[];
  /** A name that no command has. */
  readonly unknown: string | undefined;
}

/** Goes down the groups as far as the arguments name commands. */
function findCommand(argv: readonly string[]): Found {
  const path = [root];
  let rest = argv;
  for (;;) {
    const group = path[path.length - 1] as CommandSpec;
    if (group.commands === undefined) return { path, rest, unknown: undefined };
    const split = takeCommand(rest);
    if (split.command === undefined) return { path, rest, unknown: undefined };
    const next = group.commands.find((command) => command.name === split.command);
    if (next === undefined) return { path, rest: split.rest, unknown: split.command };
    path.push(next);
    rest = split.rest;
  }
}

/** `"admin" sub` or nothing: how messages qualify the word command. */
function subject(path: readonly CommandSpec[]): string {
  const names = path.slice(1).map((spec) => spec.name);
  return names.length === 0 ? 'command' : `"${names.join(' ')}" subcommand`;
}

class Run {
  readonly out: Output;
  readonly err: Output;

  constructor(private readonly io: Io) {
    this.out = new Output(io.stdout);
    this.err = new Output(io.stderr);
  }

  async main(argv: readonly string[]): Promise<number> {
    if (argv[0] === '--get-yargs-completions') return this.#complete(argv.slice(1));
    const found = findCommand(argv);
    const { path, rest, unknown } = found;
    if (unknown !== undefined && path.length === 1) {
      const { findExtension, runExtension } = await import('./extension.js');
      const program = findExtension(unknown, this.io);
      if (program !== null) return runExtension(program, argv, this.io);
    }
    try {
      return await this.#command(path, rest, unknown);
    } catch (error) {
      return this.#failed(error, path);
    }
  }

  async #command(path: readonly CommandSpec[], rest: readonly string[], unknown: string | undefined): Promise<number> {
    const spec = path[path.length - 1] as CommandSpec;
    let args: Args;
    try {
      args = parseOptions(allOptions(spec), rest);
    } catch (error) {
      if (!(error instanceof HelpRequest)) throw error;
      this.out.text(await this.#help(path));
      return 0;
    }
    if (args.flag('version')) {
      const { versionText } = await import('./version.js');
      this.out.text(versionText());
      return 0;
    }
    if (args.flag('verbose')) for (const name of DEBUG) this.io.env[name] ??= '1';
    const context: CommandContext = { args, io: this.io, out: this.out, err: this.err, path };
    if (spec.commands !== undefined) return this.#group(context, unknown);
    const module = await spec.load?.();
    return (await module?.run(context)) ?? 0;
  }

  async #group(context: CommandContext, unknown: string | undefined): Promise<number> {
    const { path, args } = context;
    const group = path[path.length - 1] as CommandSpec;
    const own = unknown === undefined && group.load !== undefined && group.options().some((o) => args.flag(o.name));
    if (own) return (await (await group.load?.())?.run(context)) ?? 0;
    if (unknown === undefined) throw new UsageError(`No ${subject(path)} specified`);
    const { suggestion } = await import('./help.js');
    const nearest = suggestion(group, unknown);
    if (nearest !== undefined && this.io.stderr.isTTY) {
      throw new UsageError(`Unknown ${subject(path)} '${unknown}'; did you mean '${nearest}'?`);
    }
    throw new UsageError(`Unknown ${subject(path)} '${unknown}'`);
  }

  /** What the completion script asks for. */
  async #complete(words: readonly string[]): Promise<number> {
    const { completions } = await import('./help.js');
    for (const word of await completions(root, words)) this.out.line(word);
    return 0;
  }

  async #help(path: readonly CommandSpec[]): Promise<string> {
    const { helpText } = await import('./help.js');
    return helpText(path, this.io.program);
  }

  /** For an error outside of any command: the output itself cannot be written. */
  lastWords(error: unknown): number {
    try {
      this.io.stderr.write(`error: ${describeError(error)}\n`);
    } catch {
      // Nobody is left to be told.
    }
    return 1;
  }

  async #failed(error: unknown, path: readonly CommandSpec[]): Promise<number> {
    if (error instanceof BrokenPipeError) throw error;
    this.out.flush();
    const exitCode = isAbort(error) ? abortCode(this.io) : 1;
    if (error instanceof UsageError) this.err.text(await this.#help(path));
    if (this.err.isTTY) this.err.control('\u001b[31m\u001b[1merror: \u001b[22m\u001b[0m');
    else this.err.text('error: ');
    this.err.line(describeError(error));
    if (this.io.env['OST_DEBUG'] !== undefined) this.err.line((await import('node:util')).inspect(error));
    return exitCode;
  }
}

function abortCode(io: Io): number {
  const reason: unknown = io.signal.aborted ? io.signal.reason : undefined;
  return (reason as { exitCode?: number } | undefined)?.exitCode ?? 1;
}

/**
 * Runs one command line and resolves to its exit code; never rejects for what a user can cause.
 * @param argv arguments without the program's own name
 * @example
 * ```ts
 * process.exitCode = await run(process.argv.slice(2));
 * ```
 */
export async function run(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const current = new Run(io);
  try {
    const code = await current.main(argv);
    current.out.flush();
    current.err.flush();
    return code;
  } catch (error) {
    if (error instanceof BrokenPipeError) return BROKEN_PIPE;
    return current.lastWords(error);
  }
}
