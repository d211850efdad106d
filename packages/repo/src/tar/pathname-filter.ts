import { OstError } from '@ost/objects';

/**
 * Makes the function that `--tar-pathname-filter=REGEX,REPLACEMENT` stands for, for {@link TarTreeSource.rename}: every
 * match of REGEX is replaced. REPLACEMENT may refer to groups by `\1`, `\g<1>` or `\g<name>` and to the match by `\0`,
 * and knows `\n`, `\t`, `\xHH`, `\x{…}` and the changes of case `\l \u \L \U \E`. REGEX is in JavaScript's syntax with
 * what is common in PCRE besides: `(?i)` at the start, `(?P<name>…)`, `[[:alpha:]]`, `\A`, `\z`, `\h`.
 * @throws OstError `invalid-argument`
 */
export function tarPathnameFilter(text: string): (path: string) => string {
  const comma = text.indexOf(',');
  if (comma === -1) throw new OstError('invalid-argument', "Missing ',' in --tar-pathname-filter");
  const regex = compile(text.slice(0, comma));
  const replacement = parseReplacement(text.slice(comma + 1));
  return (path) => path.replace(regex, (...match: unknown[]) => expand(replacement, match));
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{N}',
  alpha: '\\p{L}',
  digit: '0-9',
  lower: '\\p{Ll}',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: '\\p{Lu}',
  word: '\\p{L}\\p{N}_',
  xdigit: '0-9A-Fa-f',
};

function compile(source: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(source);
  const body = flags === null ? source : source.slice(flags[0].length);
  try {
    return new RegExp(translate(body), `gu${[...new Set(flags?.[1] ?? '')].join('')}`);
  } catch (error) {
    const why = (error as Error).message.split(': ').at(-1);
    const what = `--tar-pathname-filter: Error while compiling regular expression ‘${source}’: ${why}`;
    throw new OstError('invalid-argument', what, { cause: error });
  }
}

/** Turns PCRE's spellings into JavaScript's, and leaves everything else alone. */
function translate(source: string): string {
  return source.replace(/\\([^])|\[:(\w+):\]|\(\?P</g, (found, escaped?: string, name?: string) => {
    if (name !== undefined) return CLASSES[name] ?? found;
    switch (escaped) {
      case undefined:
        return '(?<';
      case 'A':
        return '(?<![^])';
      case 'z':
      case 'Z':
        return '(?![^])';
      case 'h':
        return '[ \\t]';
      case '-':
        return '\\x2d';
      default:
        // JavaScript knows only some characters behind a backslash; for PCRE any that is no letter or digit stands for itself.
        return /[A-Za-z0-9^$\\.*+?()[\]{}|/]/.test(escaped) ? found : escaped;
    }
  });
}

type CaseChange = 'l' | 'u' | 'L' | 'U' | 'E';

/** A part of a replacement: text, a group of the match, or a change of case for what follows. */
type Part = { readonly text: string } | { readonly group: string } | { readonly change: CaseChange };

const ESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  v: '\v',
  r: '\r',
  f: '\f',
  a: '\u0007',
  b: '\b',
  '\\': '\\',
};

function parseReplacement(source: string): Part[] {
  const parts: Part[] = [];
  const pattern =
    /\\(?:([0-9])|g<(\w+)>|x([0-9A-Fa-f]{1,2})|x\{([0-9A-Fa-f]{1,6})\}|([luLUE])|([tnvrfab\\])|([^]?))|[^\\]+/g;
  for (const [found, digit, named, hex, braced, change, escape, bad] of source.matchAll(pattern)) {
    const code = hex ?? braced;
    const group = digit ?? named;
    if (bad !== undefined) {
      const why = bad === '' ? 'stray final “\\”' : 'unknown escape sequence';
      throw new OstError('invalid-argument', `Error while parsing replacement text “${source}”: ${why}`);
    }
    if (group !== undefined) parts.push({ group });
    else if (change !== undefined) parts.push({ change: change as CaseChange });
    else if (code !== undefined) parts.push({ text: codePoint(code, source) });
    else parts.push({ text: escape === undefined ? found : (ESCAPES[escape] as string) });
  }
  return parts;
}

function codePoint(hex: string, source: string): string {
  const value = Number.parseInt(hex, 16);
  if (value > 0x10ffff) {
    throw new OstError('invalid-argument', `Error while parsing replacement text “${source}”: invalid code point`);
  }
  return String.fromCodePoint(value);
}

/** @param match the arguments of a replacing function: match, groups, offset, text and, if any are named, a table of them */
function expand(parts: readonly Part[], match: readonly unknown[]): string {
  let result = '';
  let lasting: CaseChange = 'E';
  let once: CaseChange = 'E';
  const add = (text: string): void => {
    if (text === '') return;
    const rest = changed(text, lasting);
    const [first = ''] = rest;
    result += once === 'E' ? rest : changed(first, once) + rest.slice(first.length);
    once = 'E';
  };
  for (const part of parts) {
    if ('text' in part) add(part.text);
    else if ('group' in part) add(groupOf(match, part.group));
    else if (part.change === 'l' || part.change === 'u') once = part.change;
    else {
      lasting = part.change;
      once = 'E';
    }
  }
  return result;
}

function changed(text: string, change: CaseChange): string {
  if (change === 'E') return text;
  return change === 'u' || change === 'U' ? text.toUpperCase() : text.toLowerCase();
}

function groupOf(match: readonly unknown[], group: string): string {
  const offset = match.findIndex((value, i) => i > 0 && typeof value === 'number');
  if (/^\d+$/.test(group)) return Number(group) < offset ? ((match[Number(group)] as string | undefined) ?? '') : '';
  const named = match.at(-1);
  return typeof named === 'object' ? ((named as Record<string, string | undefined>)[group] ?? '') : '';
}
