import { OstError } from '@ost/objects';
import { formatArg, type KernelArg, parseArg, splitCommandLine } from './tokenize.js';

/**
 * An ordered list of kernel arguments with the operations and the error texts of libostree's kernel-args API.
 * Keys may repeat; order is that of insertion.
 */
export class KernelArgs {
  #args: KernelArg[];

  constructor(args: readonly KernelArg[] = []) {
    this.#args = args.map((arg) => ({ ...arg }));
  }

  /** Reads a command line, such as the value of a boot entry's `options`. */
  static parse(line: string): KernelArgs {
    return new KernelArgs(splitCommandLine(line).map(parseArg));
  }

  /** A list from separate arguments; each may hold several, split at spaces. */
  static fromStrings(args: readonly string[]): KernelArgs {
    const list = new KernelArgs();
    for (const arg of args) list.append(arg);
    return list;
  }

  /**
   * The arguments of a running kernel, from the text of `/proc/cmdline`: all but `BOOT_IMAGE=` and `initrd=`,
   * which the bootloader put there.
   */
  static fromProcCmdline(text: string): KernelArgs {
    const tokens = splitCommandLine(text.trimEnd());
    return new KernelArgs(
      tokens.filter((token) => !token.startsWith('BOOT_IMAGE=') && !token.startsWith('initrd=')).map(parseArg),
    );
  }

  /** The arguments, in order. */
  get args(): readonly Readonly<KernelArg>[] {
    return this.#args;
  }

  /** Whether a key occurs, with any value. */
  has(key: string): boolean {
    return this.#args.some((arg) => arg.key === key);
  }

  /** Value of the key's last occurrence; `null` if that has none, `undefined` if the key does not occur. */
  lastValue(key: string): string | null | undefined {
    return this.#args.findLast((arg) => arg.key === key)?.value;
  }

  /** Adds every argument in `text` at the end. */
  append(text: string): this {
    this.#args.push(...splitCommandLine(text).map(parseArg));
    return this;
  }

  /**
   * Replaces all occurrences of the argument's key by this one, at the place of the first; a new key goes last.
   * The text is one argument, blanks and all.
   */
  replace(text: string): this {
    const arg = parseArg(text);
    const at = this.#args.findIndex((other) => other.key === arg.key);
    const rest = this.#args.filter((other) => other.key !== arg.key);
    rest.splice(at < 0 ? rest.length : at, 0, arg);
    this.#args = rest;
    return this;
  }

  /** Adds the argument unless its key occurs already, whatever the value. */
  appendIfMissing(text: string): this {
    return this.has(parseArg(text).key) ? this : this.append(text);
  }

  /**
   * Changes the value of existing arguments: `key=NEW` where the key occurs once, or `key=OLD=NEW` for the
   * occurrence with value OLD. Throws `not-found` when there is no such argument.
   */
  changeValue(text: string): this {
    for (const { key, value } of splitCommandLine(text).map(parseArg)) {
      const found = this.#occurrences(key);
      const at = value?.indexOf('=') ?? -1;
      if (value !== null && at >= 0) {
        const old = value.slice(0, at);
        const match = found.find((arg) => arg.value === old);
        if (match === undefined) throw missing(`No karg '${key}=${old}' found`);
        match.value = value.slice(at + 1);
      } else {
        if (found.length > 1) throw ambiguous(key);
        (found[0] as KernelArg).value = value;
      }
    }
    return this;
  }

  /**
   * Removes one occurrence of each argument in `text`: the only one of its key (its value, if given, must match), or
   * of several the first with the same value.
   */
  delete(text: string): this {
    for (const { key, value } of splitCommandLine(text).map(parseArg)) {
      const found = this.#occurrences(key);
      const match = found.length === 1 && value === null ? found[0] : found.find((arg) => arg.value === value);
      if (match === undefined) throw value === null ? ambiguous(key) : missing(`No karg '${key}=${value}' found`);
      this.#args.splice(this.#args.indexOf(match), 1);
    }
    return this;
  }

  /** Like {@link delete}, but does nothing when the key does not occur. A value that does not match still throws. */
  deleteIfPresent(text: string): this {
    return this.has(parseArg(text).key) ? this.delete(text) : this;
  }

  /** An independent copy. */
  clone(): KernelArgs {
    return new KernelArgs(this.#args);
  }

  /** Whether both lists hold the same arguments in the same order. */
  equals(other: KernelArgs): boolean {
    const theirs = other.args;
    return (
      this.#args.length === theirs.length &&
      this.#args.every((arg, index) => arg.key === theirs[index]?.key && arg.value === theirs[index]?.value)
    );
  }

  /** The arguments as separate texts. */
  toStrings(): string[] {
    return this.#args.map(formatArg);
  }

  /** The command line. */
  toString(): string {
    return this.toStrings().join(' ');
  }

  #occurrences(key: string): KernelArg[] {
    const found = this.#args.filter((arg) => arg.key === key);
    if (found.length === 0) throw missing(`No key '${key}' found`);
    return found;
  }
}

function missing(message: string): OstError {
  return new OstError('not-found', message);
}

function ambiguous(key: string): OstError {
  return new OstError('invalid-argument', `Multiple values for key '${key}' found`);
}
