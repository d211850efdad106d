import { VariantTextError } from '../errors.js';

const SPACE = /[ \t\n\f\r]*/y;
const WORD = /[0-9A-Za-z]+/y;
const NUMBER = /[0-9A-Za-z.+-]+/y;

/**
 * Splits the text form into tokens, one ahead of the parser. The text is held as one character for each byte of
 * its UTF-8 form, because positions in messages count bytes.
 */
export class Tokens {
  readonly #text: string;
  /** Start of the current token, or -1 before it has been looked at. */
  #start = -1;
  /** End of the current or else the last token. */
  #end = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Start of the current token. */
  get start(): number {
    this.#prepare();
    return this.#start;
  }

  /** End of the current token if it has been looked at, else of the last one. */
  get end(): number {
    return this.#end;
  }

  /** The current token; empty at the end of the text. */
  get current(): string {
    this.#prepare();
    return this.#text.slice(this.#start, this.#end);
  }

  next(): void {
    this.#start = -1;
  }

  /** Goes on to the next token if this one is `token`. */
  consume(token: string): boolean {
    if (this.current !== token) return false;
    this.next();
    return true;
  }

  require(token: string, purpose: string): void {
    if (!this.consume(token)) throw new VariantTextError(`expected '${token}'${purpose}`, this.start);
  }

  /** An error about the whole current token. */
  error(reason: string): VariantTextError {
    return new VariantTextError(reason, this.start, this.end);
  }

  /** Throws unless nothing but white space is left. */
  finish(): void {
    const end = this.#match(SPACE, this.#end);
    if (end !== this.#text.length) throw new VariantTextError('expected end of input', end);
  }

  #prepare(): void {
    if (this.#start >= 0) return;
    this.#start = this.#match(SPACE, this.#end);
    this.#end =
      this.#start === this.#text.length || this.#text.charAt(this.#start) === '\0' ? this.#start : this.#tokenEnd();
  }

  #match(pattern: RegExp, at: number): number {
    pattern.lastIndex = at;
    return pattern.test(this.#text) ? pattern.lastIndex : at;
  }

  #tokenEnd(): number {
    const start = this.#start;
    const first = this.#text.charAt(start);
    const second = this.#text.charAt(start + 1);
    if (first === "'" || first === '"') return this.#quoted(start + 1, first);
    if (first === 'b' && (second === "'" || second === '"')) return this.#quoted(start + 2, second);
    if (/[-+.0-9]/.test(first)) return this.#match(NUMBER, start);
    if (/[a-z]/.test(first)) return this.#match(WORD, start);
    return first === '@' ? this.#typeEnd(start + 1) : start + 1;
  }

  /** The end behind the closing quote, or the end of the text. */
  #quoted(from: number, quote: string): number {
    const text = this.#text;
    for (let i = from; i < text.length; i++) {
      const char = text.charAt(i);
      if (char === quote) return i + 1;
      if (char === '\0') return i;
      if (char === '\\') i++;
    }
    return text.length;
  }

  /** A type declaration ends at a space, comma, colon or a bracket that it has not opened. */
  #typeEnd(from: number): number {
    const text = this.#text;
    let open = 0;
    let end = from;
    for (; end < text.length; end++) {
      const char = text.charAt(end);
      if (/[\0,:>\] \t\n\f\r]/.test(char)) break;
      if (char === '(' || char === '{') open++;
      else if ((char === ')' || char === '}') && open-- === 0) break;
    }
    return end;
  }
}
