import type { CommandSpec, OptionSpec } from './types.js';

/** Makes the spec of an option without an argument. */
export function flag(name: string, description: string, more: Partial<OptionSpec> = {}): OptionSpec {
  return { name, type: 'flag', description, ...more };
}

/** Makes the spec of an option with a text. */
export function text(name: string, arg: string, description: string, more: Partial<OptionSpec> = {}): OptionSpec {
  return { name, type: 'string', arg, description, ...more };
}

/** Makes the spec of an option with a whole number. */
export function integer(name: string, arg: string, description: string, more: Partial<OptionSpec> = {}): OptionSpec {
  return { name, type: 'integer', arg, description, ...more };
}

/** `--json`, which every reading command has. */
export const json: OptionSpec = flag('json', 'Print JSON instead of text');

/** `--fsync=POLICY`. */
export const fsync: OptionSpec = text('fsync', 'POLICY', 'Whether files are flushed to the disk: true or false');

const repo: OptionSpec = text('repo', 'PATH', 'The repository (default: the working directory, or the system one)');
const sysroot: OptionSpec = text('sysroot', 'PATH', 'The root that holds the deployments (default: /)');
const help: OptionSpec = flag('help', 'Show this help', { short: 'h' });
const verbose: OptionSpec = flag('verbose', 'Print each HTTP request, and where an error comes from', { short: 'v' });
const version: OptionSpec = flag('version', 'Print version information and exit');

/** All options of a command: its own, and those that its scope and every command bring. */
export function allOptions(spec: CommandSpec): readonly OptionSpec[] {
  const scoped: OptionSpec[] = [];
  if (spec.scope === 'repo' || spec.scope === 'repo-or-sysroot') scoped.push(repo);
  if (spec.scope === 'sysroot' || spec.scope === 'repo-or-sysroot') scoped.push(sysroot);
  const own = spec.options();
  // A command may use the letter for something else, as `summary -v` does.
  const taken = new Set(own.map((option) => option.short));
  const { short: _, ...plainVerbose } = verbose;
  return [help, ...scoped, ...own, taken.has('v') ? plainVerbose : verbose, version];
}
