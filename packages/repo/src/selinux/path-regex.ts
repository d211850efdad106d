import { OstError } from '@ost/objects';

/** Escapes of PCRE that JavaScript spells differently. `Z` and `$` stand before a newline at the very end, too. */
const ESCAPES: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  Z: '(?=\\n?$)',
  h: '[\\t \\xa0]',
  H: '[^\\t \\xa0]',
  s: '[\\t-\\r ]',
  S: '[^\\t-\\r ]',
  v: '[\\n-\\r\\x85]',
  V: '[^\\n-\\r\\x85]',
  N: '[^\\n]',
  R: '(?:\\r\\n|[\\n-\\r\\x85])',
  a: '\\x07',
  e: '\\x1b',
  E: '',
};

/** The same inside a character class. */
const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  h: '\\t \\xa0',
  s: '\\t-\\r ',
  v: '\\n-\\r\\x85',
  a: '\\x07',
  e: '\\x1b',
  E: '',
};

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@[-`{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

const hex = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;

/** Turns one PCRE pattern over bytes into JavaScript's, construct by construct. */
class Translator {
  #at = 0;

  constructor(private readonly pattern: string) {}

  translate(): string {
    let out = '';
    while (this.#at < this.pattern.length) out += this.#item();
    return out;
  }

  #item(): string {
    const char = this.pattern[this.#at++] as string;
    switch (char) {
      case '\\':
        return this.#escape(ESCAPES);
      case '[':
        return this.#class();
      case '(':
        return this.#group();
      case '$':
        return ESCAPES['Z'] as string;
      case '*':
      case '+':
      case '?':
        return char + this.#quantifierEnd();
      case '{':
        return this.#braces();
      default:
        return char;
    }
  }

  /** Takes what matches here, or nothing. */
  #take(wanted: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(wanted, 'y');
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.pattern);
    if (found !== null) this.#at = sticky.lastIndex;
    return found;
  }

  #escape(table: Readonly<Record<string, string>>): string {
    const char = this.pattern[this.#at++];
    if (char === undefined) return this.#unsupported('\\ at end of pattern');
    if (char === 'Q') {
      const [, literal = ''] = this.#take(/([^]*?)(?:\\E|$)/) as RegExpExecArray;
      return literal.replace(/[^\w]/g, (c) => hex(c.charCodeAt(0)));
    }
    if (char === 'x') {
      const [, braced, plain] = this.#take(/\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{0,2})/) as RegExpExecArray;
      const code = Number.parseInt(braced ?? (plain || '0'), 16);
      return code <= 0xff ? hex(code) : this.#unsupported('character above \\xff');
    }
    if (char === '0') {
      const [digits = ''] = this.#take(/[0-7]{0,2}/) as RegExpExecArray;
      return hex(Number.parseInt(digits || '0', 8));
    }
    const translated = table[char];
    if (translated !== undefined) return translated;
    if (/[dDwWbBtnrf1-9]/.test(char)) return `\\${char}`;
    return /[A-Za-z]/.test(char) ? this.#unsupported(`\\${char}`) : hex(char.charCodeAt(0));
  }

  #class(): string {
    let out = this.#take(/\^/) === null ? '[' : '[^';
    // The first bracket is one of the characters.
    if (this.#take(/\]/) !== null) out += '\\]';
    for (;;) {
      const posix = this.#take(/\[:(\^?)(\w+):\]/);
      const set = posix === null ? undefined : POSIX[posix[2] as string];
      if (posix !== null && (posix[1] !== '' || set === undefined)) return this.#unsupported(posix[0]);
      if (set !== undefined) {
        out += set;
        continue;
      }
      const char = this.pattern[this.#at++];
      if (char === undefined) return this.#unsupported('missing ]');
      if (char === ']') return `${out}]`;
      out += char === '\\' ? this.#escape(CLASS_ESCAPES) : char === '[' ? '\\[' : char;
    }
  }

  #group(): string {
    if (this.#take(/\?#[^)]*\)/) !== null) return '';
    const named = this.#take(/\?P?<([A-Za-z_]\w*)>/);
    if (named !== null) return `(?<${named[1]}>`;
    const plain = this.#take(/\?(?::|=|!|<=|<!)/);
    if (plain !== null) return `(${plain[0]}`;
    if (this.#take(/[?*]/) !== null) return this.#unsupported('(?');
    return '(';
  }

  #braces(): string {
    const counted = this.#take(/\d+(?:,\d*)?\}/);
    return counted === null ? '\\{' : `{${counted[0]}${this.#quantifierEnd()}`;
  }

  #quantifierEnd(): string {
    if (this.#take(/\+/) !== null) return this.#unsupported('possessive quantifier');
    return this.#take(/\?/) === null ? '' : '?';
  }

  #unsupported(what: string): never {
    throw new OstError('unsupported', `Unsupported regular expression '${this.pattern}': ${what}`, {
      data: { pattern: this.pattern },
    });
  }
}

/**
 * Compiles a PCRE pattern of a file_contexts line, anchored at both ends as libselinux anchors it: the anchors bind
 * tighter than a `|` outside of groups. It matches strings in which each character is one byte of a path.
 * @throws OstError `unsupported` for what JavaScript has no form of, `config` for what is no regular expression
 */
export function compilePathRegex(pattern: string): RegExp {
  const source = new Translator(`^${pattern}$`).translate();
  try {
    return new RegExp(source, 's');
  } catch (error) {
    throw new OstError('config', `Invalid regular expression '${pattern}': ${(error as Error).message}`, {
      cause: error,
      data: { pattern },
    });
  }
}
