import type { OptionSpec, OptionType } from './table/types.js';

/** One value of an option. */
export type OptionValue = true | string | number;

/** Options and arguments of one command, looked up by the names of its spec. */
export class Args {
  readonly #specs = new Map<string, OptionSpec>();

  constructor(
    options: readonly OptionSpec[],
    private readonly values: ReadonlyMap<string, readonly OptionValue[]>,
    /** Arguments that are not options. */
    readonly positionals: readonly string[],
  ) {
    for (const option of options) this.#specs.set(option.name, option);
  }

  #get(name: string, type: OptionType): readonly OptionValue[] {
    const spec = this.#specs.get(name);
    if (spec === undefined || spec.type !== type) throw new Error(`No option --${name} of type ${type} in the table`);
    return this.values.get(name) ?? [];
  }

  /** True when the flag was given. */
  flag(name: string): boolean {
    return this.#get(name, 'flag').length > 0;
  }

  /** The text that was given last. */
  string(name: string): string | undefined {
    return this.#get(name, 'string').at(-1) as string | undefined;
  }

  /** The number that was given last. */
  integer(name: string): number | undefined {
    return this.#get(name, 'integer').at(-1) as number | undefined;
  }

  /** All texts that were given, in order. */
  list(name: string): readonly string[] {
    return this.#get(name, 'string') as readonly string[];
  }

  /** True when the command has such an option at all. */
  knows(name: string): boolean {
    return this.#specs.has(name);
  }
}
