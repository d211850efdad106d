import yargs from 'yargs';
import { allOptions } from './table/options.js';
import type { CommandSpec, OptionSpec } from './table/types.js';

type Yargs = ReturnType<typeof yargs>;

/** A yargs that changes no names and does nothing by itself. */
function plainYargs(args: readonly string[] = []): Yargs {
  return yargs([...args])
    .scriptName('')
    .help(false)
    .version(false)
    .exitProcess(false)
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    });
}

/** The option as help shows it: with its argument's name. */
function shownName({ name, arg }: OptionSpec): string {
  return arg === undefined ? name : `${name}=${arg}`;
}

function usageLine(path: readonly CommandSpec[], program: string): string {
  const names = [program, ...path.slice(1).map((spec) => spec.name)].join(' ');
  const { positionals } = path[path.length - 1] as CommandSpec;
  return `Usage:\n  ${names} [OPTION…]${positionals === undefined ? '' : ` ${positionals}`}`;
}

function commandsTitle(path: readonly CommandSpec[]): string {
  const names = path.slice(1).map((spec) => spec.name);
  return names.length === 0 ? 'Builtin Commands:' : `Builtin "${names.join(' ')}" Commands:`;
}

/**
 * The help text of a command or group, laid out by yargs from the table, under the headings that GLib's programs have.
 * @param path the command and the groups above it
 */
export async function helpText(path: readonly CommandSpec[], program: string): Promise<string> {
  const spec = path[path.length - 1] as CommandSpec;
  const parser = plainYargs().wrap(null);
  parser.updateStrings({ 'Commands:': commandsTitle(path), 'Options:': 'Application Options:' });
  if (spec.summary === '') parser.usage(usageLine(path, program));
  else parser.usage(`${usageLine(path, program)}\n\n${spec.summary}`);
  for (const command of spec.commands ?? []) {
    if (command.hidden !== true) parser.command(command.name, command.summary);
  }
  for (const option of allOptions(spec)) {
    if (option.hidden === true) continue;
    const group = option.name === 'help' ? 'Help Options:' : 'Application Options:';
    const alias = option.short === undefined ? {} : { alias: option.short };
    parser.option(shownName(option), { ...alias, description: option.description, group });
  }
  for (const [command, what] of spec.examples ?? []) parser.example(`${program} ${command}`, what);
  const text = await parser.getHelp();
  return `${text}\n\n`;
}

/** The command of a group that was probably meant, as yargs sees it. */
export function suggestion(group: CommandSpec, name: string): string | undefined {
  let message = '';
  const parser = plainYargs();
  for (const command of group.commands ?? []) {
    if (command.hidden !== true) parser.command(command.name, command.summary);
  }
  parser.recommendCommands().fail((text: string | undefined) => {
    message = text ?? '';
  });
  parser.parseSync([name]);
  return /^Did you mean (.+)\?$/.exec(message)?.[1];
}

/** The command that the words lead to, and the words that are left for it. */
function descend(root: CommandSpec, words: readonly string[]): { spec: CommandSpec; rest: readonly string[] } {
  let spec = root;
  let rest = words;
  for (;;) {
    // The last word is still being typed.
    const index = rest.slice(0, -1).findIndex((word) => !word.startsWith('-'));
    const next = spec.commands?.find(({ name }) => index !== -1 && name === rest[index]);
    if (next === undefined) return { spec, rest };
    spec = next;
    rest = rest.toSpliced(index, 1);
  }
}

/** Words that may stand next on a command line; the first word is the program's name. */
export function completions(root: CommandSpec, words: readonly string[]): Promise<readonly string[]> {
  const { spec, rest } = descend(root, words.slice(1));
  const parser = plainYargs().scriptName(words[0] ?? 'ost');
  for (const { name, type, description, hidden = false } of allOptions(spec)) {
    parser.option(name, { type: type === 'flag' ? 'boolean' : 'string', description, hidden });
  }
  for (const command of spec.commands ?? []) {
    if (command.hidden !== true) parser.command(command.name, command.summary);
  }
  return new Promise((resolve) => {
    parser.getCompletion([...rest], (_: Error | null, found: readonly string[] | undefined) => resolve(found ?? []));
  });
}

/** The script that makes a shell ask for {@link completions}. */
export function completionScript(program: string, shell: 'bash' | 'zsh' | 'fish'): string {
  const lines: string[] = [];
  const { SHELL: saved } = process.env;
  const { log } = console;
  try {
    // yargs picks the template by the user's shell, and prints it.
    process.env['SHELL'] = `/bin/${shell}`;
    console.log = (line: string) => void lines.push(line);
    const parser = plainYargs().scriptName(program);
    // Its two arguments are missing from the type.
    (parser as unknown as { showCompletionScript(app: string, command: string): void }).showCompletionScript(
      program,
      'completion',
    );
  } finally {
    console.log = log;
    if (saved === undefined) delete process.env['SHELL'];
    else process.env['SHELL'] = saved;
  }
  return `${lines.join('\n')}\n`;
}
