import { parseArgs } from 'node:util';
import { OstError } from '@ost/objects';
import { Args, type OptionValue } from './args.js';
import type { OptionSpec } from './table/types.js';

/** The command line without its command, as GOption splits it. */
export interface SplitCommand {
  /** The first argument that is no option, or undefined. */
  readonly command: string | undefined;
  /** All others. */
  readonly rest: readonly string[];
}

/** Takes the first argument that does not start with a dash; `--` ends the search. */
export function takeCommand(argv: readonly string[]): SplitCommand {
  const end = argv.indexOf('--');
  const index = argv.findIndex((arg, i) => !arg.startsWith('-') && (end === -1 || i < end));
  if (index === -1) return { command: undefined, rest: argv };
  return { command: argv[index], rest: argv.toSpliced(index, 1) };
}

/** Thrown by {@link parseOptions} at the first `--help`; later arguments are not looked at. */
export class HelpRequest extends Error {}

function parseInteger(text: string, option: string): number {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)$/.exec(text);
  const digits = match?.[2] ?? '';
  // As C's strtol with base 0: a leading zero means octal.
  const octal = /^0[0-7]+$/.test(digits);
  if (match === null || (/^0[0-9]/.test(digits) && !octal)) {
    throw new OstError('invalid-argument', `Cannot parse integer value “${text}” for ${option}`);
  }
  const magnitude = Number.parseInt(octal ? digits.slice(1) : digits, octal ? 8 : digits.startsWith('0x') ? 16 : 10);
  const value = match[1] === '-' ? -magnitude : magnitude;
  if (value > 0x7fffffff || value < -0x80000000) {
    throw new OstError('invalid-argument', `Integer value “${text}” for ${option} out of range`);
  }
  return value;
}

/**
 * Parses the options of one command with the rules of GOption: options and arguments in any order, `--name=VALUE` and
 * `--name VALUE`, clusters of letters, `--` before what only looks like an option.
 * @throws OstError `invalid-argument` with GLib's texts; HelpRequest
 */
export function parseOptions(options: readonly OptionSpec[], argv: readonly string[]): Args {
  const byLong = new Map(options.map((option) => [option.name, option]));
  for (const option of options) if (option.alias !== undefined) byLong.set(option.alias, option);
  const config: Record<string, { type: 'string' | 'boolean'; multiple: true; short?: string }> = {};
  // An alias must not claim its option's letter a second time.
  const letters = new Set<string>();
  for (const [name, { type, short }] of byLong) {
    config[name] = { type: type === 'flag' ? 'boolean' : 'string', multiple: true };
    if (short === undefined || letters.has(short)) continue;
    config[name].short = short;
    letters.add(short);
  }
  const { tokens } = parseArgs({
    args: [...argv],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, OptionValue[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = byLong.get(token.name);
    const given = token.rawName;
    if (spec === undefined) throw new OstError('invalid-argument', `Unknown option ${argv[token.index] ?? given}`);
    if (spec.name === 'help') throw new HelpRequest();
    values.set(spec.name, [...(values.get(spec.name) ?? []), valueOf(spec, token.value, given)]);
  }
  return new Args(options, values, positionals);
}

function valueOf(spec: OptionSpec, value: string | undefined, given: string): OptionValue {
  if (spec.type === 'flag') return true;
  if (value === undefined) throw new OstError('invalid-argument', `Missing argument for ${given}`);
  return spec.type === 'integer' ? parseInteger(value, given) : value;
}
