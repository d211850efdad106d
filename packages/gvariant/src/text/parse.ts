import { codec } from '../codec.js';
import { compile } from '../compile.js';
import { VariantTextError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Node } from '../nodes/node.js';
import { assertTypeString, isTypeString } from '../type-string.js';
import { encoder } from '../utf8.js';
import type { TypedVariant, Value } from '../value.js';
import { ArraySyntax, DictSyntax, MaybeSyntax, TupleSyntax, TypedSyntax, VariantSyntax } from './containers.js';
import { BooleanSyntax, NumberSyntax } from './scalars.js';
import { readBytes, readText } from './strings.js';
import type { Syntax } from './syntax.js';
import { Tokens } from './tokens.js';

const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['boolean', 'b'],
  ['byte', 'y'],
  ['int16', 'n'],
  ['uint16', 'q'],
  ['int32', 'i'],
  ['uint32', 'u'],
  ['int64', 'x'],
  ['uint64', 't'],
  ['handle', 'h'],
  ['double', 'd'],
  ['string', 's'],
  ['objectpath', 'o'],
  ['signature', 'g'],
]);

/**
 * Reads the text form of a value. Without `type` the text must tell its type; with it, the value becomes one of
 * that type. Throws a {@link VariantTextError} with GLib's message for malformed text.
 *
 * @example
 * ```ts
 * parseVariant("{'a': <1>}"); // { type: 'a{sv}', value: [['a', { type: 'i', value: 1 }]] }
 * parseVariant('[]', 'as'); // { type: 'as', value: [] }
 * ```
 */
export function parseVariant<const T extends string = string>(text: string, type?: T): TypedVariant<T> {
  if (type !== undefined) assertTypeString(type);
  const tokens = new Tokens(byteText(encoder.encode(text)));
  const syntax = parse(tokens, LIMITS.maxDepth);
  const settled = type ?? syntax.settledType();
  const value = syntax.value(compile(settled) as Node);
  tokens.finish();
  // The last word on the nesting, which a value read from bytes obeys, too.
  codec<string>(settled).encode(value);
  return { type: settled as T, value: value as Value<T> };
}

/** One character for each byte. */
function byteText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function parse(tokens: Tokens, depth: number): Syntax {
  if (depth === 0) throw new VariantTextError('variant nested too deeply', tokens.start);
  const { start } = tokens;
  const syntax = parseOne(tokens, depth - 1);
  syntax.start = start;
  syntax.end = tokens.end;
  return syntax;
}

/** `depth` is what is left for children. */
function parseOne(tokens: Tokens, depth: number): Syntax {
  const token = tokens.current;
  const { start } = tokens;
  const first = token.charAt(0);
  if (first === '[') return parseArray(tokens, depth);
  if (first === '(') return parseTuple(tokens, depth);
  if (first === '<') return parseChild(tokens, depth);
  if (first === '{') return parseDict(tokens, depth);
  if (token === 'true' || token === 'false') {
    tokens.next();
    return new BooleanSyntax(token === 'true');
  }
  if (/^[-+.0-9]/.test(token) || token === 'inf' || token === 'nan') {
    tokens.next();
    return new NumberSyntax(token);
  }
  if (first === 'n' || first === 'j') return parseMaybe(tokens, depth);
  if (first === '@' || /^[a-z][A-Za-z]/.test(token)) return parseTyped(tokens, depth);
  if (first === "'" || first === '"') {
    const text = readText(token, start);
    tokens.next();
    return text;
  }
  if (/^b['"]/.test(token)) {
    const bytes = readBytes(token, start);
    tokens.next();
    return bytes;
  }
  throw new VariantTextError('expected value', start);
}

function parseMaybe(tokens: Tokens, depth: number): MaybeSyntax {
  if (tokens.consume('just')) return new MaybeSyntax(parse(tokens, depth));
  if (!tokens.consume('nothing')) throw tokens.error('unknown keyword');
  return new MaybeSyntax(null);
}

function parseArray(tokens: Tokens, depth: number): ArraySyntax {
  const items: Syntax[] = [];
  tokens.next();
  while (!tokens.consume(']')) {
    if (items.length > 0) tokens.require(',', " or ']' to follow array element");
    items.push(parse(tokens, depth));
  }
  return new ArraySyntax(items);
}

function parseTuple(tokens: Tokens, depth: number): TupleSyntax {
  const items: Syntax[] = [];
  tokens.next();
  while (!tokens.consume(')')) {
    // The first member has a comma of its own, even if it is the only one.
    if (items.length > 1) tokens.require(',', " or ')' to follow tuple element");
    items.push(parse(tokens, depth));
    if (items.length === 1) tokens.require(',', ' after first tuple element');
  }
  return new TupleSyntax(items);
}

function parseChild(tokens: Tokens, depth: number): VariantSyntax {
  tokens.next();
  const child = parse(tokens, depth);
  tokens.require('>', ' to follow variant value');
  return new VariantSyntax(child);
}

function parseDict(tokens: Tokens, depth: number): DictSyntax {
  const keys: Syntax[] = [];
  const values: Syntax[] = [];
  tokens.next();
  while (!tokens.consume('}')) {
    if (keys.length > 0) tokens.require(',', " or '}' to follow dictionary entry");
    keys.push(parse(tokens, depth));
    if (keys.length === 1 && tokens.consume(',')) {
      values.push(parse(tokens, depth));
      tokens.require('}', ' at end of dictionary entry');
      return new DictSyntax(keys, values, true);
    }
    tokens.require(
      ':',
      keys.length === 1 ? " or ',' to follow dictionary entry key" : ' to follow dictionary entry key',
    );
    values.push(parse(tokens, depth));
  }
  return new DictSyntax(keys, values, false);
}

function parseTyped(tokens: Tokens, depth: number): TypedSyntax {
  const token = tokens.current;
  let type = KEYWORDS.get(token);
  if (token.startsWith('@')) {
    type = token.slice(1);
    const isIndefinite = isTypeString(type.replace(/[r*]/g, 'v').replaceAll('?', 's'));
    if (!isIndefinite) throw tokens.error('invalid type declaration');
    const node = compile(type);
    if (node === null) throw tokens.error('type declarations must be definite');
    if (node.depth > depth + 1) throw tokens.error('type declaration recurses too deeply');
  }
  if (type === undefined) throw tokens.error('unknown keyword');
  tokens.next();
  return new TypedSyntax(type, parse(tokens, depth));
}
