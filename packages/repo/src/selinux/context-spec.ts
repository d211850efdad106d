import { OstError } from '@ost/objects';
import { compilePathRegex } from './path-regex.js';

const S_IFMT = 0o170000;

const TYPES: Readonly<Record<string, number>> = {
  '--': 0o100000,
  '-b': 0o060000,
  '-c': 0o020000,
  '-d': 0o040000,
  '-l': 0o120000,
  '-p': 0o010000,
  '-s': 0o140000,
};

const META = /^(?:[^\\.^$?*+|[({]|\\[^])*$/;
const META_IN_STEM = /[.^$?*+|[({]/;

/** The directory in the root that a path or expression is below, `/usr`; empty for what lies in the root itself. */
export function stemOf(path: string): string {
  const slash = path.indexOf('/', 1);
  return slash === -1 ? '' : path.slice(0, slash);
}

/** Text that every match begins with: the plain characters before the first special one. */
function literalPrefix(regex: string): string {
  if (regex.includes('|')) return '';
  const plain = /^[^\\.^$?*+|[({]*/.exec(regex)?.[0] ?? '';
  // A quantifier makes the character before it optional.
  return /[?*{]/.test(regex[plain.length] ?? '') ? plain.slice(0, -1) : plain;
}

/** One line of a file_contexts file. */
export class ContextSpec {
  /** True when the expression is a plain path, which beats all that are not. */
  readonly exact: boolean;
  /** Directory in the root that matching paths must be below, or empty for any. */
  readonly stem: string;
  readonly #prefix: string;
  #compiled: RegExp | undefined;

  constructor(
    /** Expression over whole paths. */
    readonly regex: string,
    /** Type bits that a file must have, or 0 for any. */
    readonly type: number,
    /** Context, or null for `<<none>>`. */
    readonly context: string | null,
  ) {
    this.exact = META.test(regex);
    const stem = stemOf(regex);
    this.stem = META_IN_STEM.test(stem) ? '' : stem;
    this.#prefix = literalPrefix(regex);
  }

  /** True when this line is about the path (one character per byte) and file type. */
  matches(path: string, mode: number): boolean {
    const type = mode & S_IFMT;
    if (this.type !== 0 && type !== 0 && this.type !== type) return false;
    if (!path.startsWith(this.#prefix)) return false;
    // The stem is compared as it stands, and the expression sees what follows it.
    this.#compiled ??= compilePathRegex(this.regex.slice(this.stem.length));
    return this.#compiled.test(path.slice(this.stem.length));
  }
}

/**
 * Reads the lines of a file_contexts file: `REGEX [TYPE] CONTEXT`.
 * @param name what to call the file in messages
 * @throws OstError `config` for a line that libselinux refuses
 */
export function parseContextSpecs(text: string, name: string): ContextSpec[] {
  const specs: ContextSpec[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const [regex, ...rest] = line.trim().split(/\s+/);
    if (regex === undefined || regex === '' || regex.startsWith('#')) continue;
    const [type, context] = rest.length > 1 ? rest : [undefined, rest[0]];
    const bad = (what: string): OstError => new OstError('config', `${name}: line ${i + 1} ${what}`);
    if (context === undefined) throw bad('is missing fields');
    if (!/^[ -~]*$/.test(regex + context)) throw bad('has characters that are not ASCII');
    const bits = type === undefined ? 0 : TYPES[type];
    if (bits === undefined) throw bad(`has invalid file type ${type}`);
    specs.push(new ContextSpec(regex, bits, context === '<<none>>' ? null : context));
  }
  return specs;
}
