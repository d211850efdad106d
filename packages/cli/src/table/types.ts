import type { CommandContext } from '../context.js';

/** What an option's argument is. A `flag` has none. */
export type OptionType = 'flag' | 'string' | 'integer';

/** One option of a command: plain data. */
export interface OptionSpec {
  /** Long name, without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  readonly type: OptionType;
  /** How help calls the argument. */
  readonly arg?: string;
  /** May be given several times; all values count. Otherwise the last one does. */
  readonly repeat?: boolean;
  /** Accepted, but not shown. */
  readonly hidden?: boolean;
  /** Another long name for the same option. */
  readonly alias?: string;
  readonly description: string;
}

/** The module that holds a command's body. */
export interface CommandModule {
  /** Runs the command; resolves to the exit code, 0 when it says nothing. */
  run(context: CommandContext): Promise<number | void>;
}

/** Which place a command works on, and so which of `--repo` and `--sysroot` it has. */
export type CommandScope = 'none' | 'repo' | 'repo-or-sysroot' | 'sysroot';

/** One command, or with `commands` a group of them. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Arguments as help shows them. */
  readonly positionals?: string;
  /** Understood, but not listed. */
  readonly hidden?: boolean;
  readonly scope: CommandScope;
  /** Made when asked for: only the command that runs needs its own. */
  readonly options: () => readonly OptionSpec[];
  readonly commands?: readonly CommandSpec[];
  /** Command lines without the program's name, each with what it does. */
  readonly examples?: readonly (readonly [command: string, what: string])[];
  /** Loads the body. A group has one only if it can do something by itself. */
  readonly load?: () => Promise<CommandModule>;
}
