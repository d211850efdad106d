import { VariantTextError } from '../errors.js';
import { decoder } from '../utf8.js';
import { BytesSyntax, TextSyntax } from './scalars.js';

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
};

/** A string constant. `token` has one character for each UTF-8 byte, its quotes included, and starts at `start`. */
export function readText(token: string, start: number): TextSyntax {
  const quote = token.charAt(0);
  let text = '';
  // Runs of plain bytes are decoded together, because a character may have several.
  let run = '';
  let i = 1;
  while (token.charAt(i) !== quote) {
    if (i >= token.length) throw unterminated(token, start);
    const char = token.charAt(i++);
    if (char !== '\\') {
      run += char;
      continue;
    }
    if (i >= token.length) throw unterminated(token, start);
    const escape = token.charAt(i++);
    if (escape === 'u' || escape === 'U') {
      const length = escape === 'u' ? 4 : 8;
      text += decodeRun(run) + readCodePoint(token, i, length, start);
      run = '';
      i += length;
    } else {
      run += ESCAPES[escape] ?? escape;
    }
  }
  return new TextSyntax(text + decodeRun(run));
}

/** A bytestring constant, to which a NUL is added. */
export function readBytes(token: string, start: number): BytesSyntax {
  const quote = token.charAt(1);
  const bytes: number[] = [];
  let i = 2;
  while (token.charAt(i) !== quote) {
    if (i >= token.length) throw unterminated(token, start);
    const char = token.charAt(i++);
    if (char !== '\\') {
      bytes.push(char.charCodeAt(0));
      continue;
    }
    if (i >= token.length) throw unterminated(token, start);
    const octal = /^[0-7]{1,3}/.exec(token.slice(i, i + 3))?.[0];
    if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8) & 0xff);
      i += octal.length;
      continue;
    }
    const escape = token.charAt(i++);
    for (const byte of ESCAPES[escape] ?? escape) bytes.push(byte.charCodeAt(0));
  }
  // GLib holds the constant as a C string, which ends at an escaped NUL.
  const end = bytes.indexOf(0);
  return new BytesSyntax(Uint8Array.from([...(end < 0 ? bytes : bytes.slice(0, end)), 0]));
}

function decodeRun(run: string): string {
  return decoder.decode(Uint8Array.from(run, (char) => char.charCodeAt(0)));
}

function readCodePoint(token: string, at: number, length: number, start: number): string {
  const digits = /^[0-9a-f]*/i.exec(token.slice(at, at + length))?.[0] ?? '';
  const code = digits.length === length ? Number.parseInt(digits, 16) : 0;
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    const from = start + at;
    throw new VariantTextError(`invalid ${length}-character unicode escape`, from, from + digits.length);
  }
  return String.fromCodePoint(code);
}

function unterminated(token: string, start: number): VariantTextError {
  return new VariantTextError('unterminated string constant', start, start + token.length);
}
