import { codec } from '../codec.js';
import { compile } from '../compile.js';
import { BytesNode, FixedArrayNode, VariableArrayNode } from '../nodes/array.js';
import { MaybeNode } from '../nodes/maybe.js';
import type { Node } from '../nodes/node.js';
import { TupleNode } from '../nodes/tuple.js';
import { type Encodable, isVariant } from '../value.js';
import { quoteBytes, quoteText, printDouble } from './literals.js';

/** Options of {@link printVariant}. */
export interface PrintOptions {
  /**
   * Say the type where a reader could not tell it from the text.
   * @default true
   */
  readonly annotate?: boolean;
}

const ANNOTATIONS: Readonly<Record<string, string>> = {
  n: 'int16 ',
  q: 'uint16 ',
  u: 'uint32 ',
  x: 'int64 ',
  t: 'uint64 ',
  h: 'handle ',
};

/**
 * The text form of a value, exactly as GLib prints it. Throws a VariantError if the value does not fit the type.
 *
 * @example
 * ```ts
 * printVariant('(ub)', [1, true]); // '(uint32 1, true)'
 * printVariant('ay', new Uint8Array([97, 0])); // "b'a'"
 * ```
 */
export function printVariant<const T extends string>(type: T, value: Encodable<T>, options?: PrintOptions): string {
  codec<string>(type).encode(value);
  return print(compile(type) as Node, value, options?.annotate ?? true);
}

/** Prints a value that is known to fit. */
function print(node: Node, value: unknown, annotate: boolean): string {
  if (node instanceof BytesNode) return printBytes(value as Uint8Array, annotate);
  if (node instanceof FixedArrayNode || node instanceof VariableArrayNode) {
    return printArray(node, value as unknown[], annotate);
  }
  if (node instanceof TupleNode) return printTuple(node, value as unknown[], annotate);
  if (node instanceof MaybeNode) return printMaybe(node, value as { just: unknown } | null, annotate);
  if (isVariant(value)) return `<${print(compile(value.type) as Node, value.value, true)}>`;
  switch (node.type) {
    case 's':
      return quoteText(value as string);
    case 'o':
      return `${annotate ? 'objectpath ' : ''}'${value as string}'`;
    case 'g':
      return `${annotate ? 'signature ' : ''}'${value as string}'`;
    case 'd':
      return printDouble(value as number);
    case 'y':
      return `${annotate ? 'byte ' : ''}${hexByte(value as number)}`;
    default:
      return `${annotate ? (ANNOTATIONS[node.type] ?? '') : ''}${String(value)}`;
  }
}

function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

function printBytes(value: Uint8Array, annotate: boolean): string {
  if (value.length === 0) return annotate ? '@ay []' : '[]';
  if (value.indexOf(0) === value.length - 1) return quoteBytes(value.subarray(0, -1));
  return `[${annotate ? 'byte ' : ''}${Array.from(value, hexByte).join(', ')}]`;
}

/** Only the first element says its type; the others follow it. */
function printArray(node: FixedArrayNode | VariableArrayNode, values: unknown[], annotate: boolean): string {
  const { element } = node;
  const isDict = element.type.startsWith('{');
  if (values.length === 0) return `${annotate ? `@${node.type} ` : ''}${isDict ? '{}' : '[]'}`;
  const parts = values.map((value, i) => {
    const first = annotate && i === 0;
    if (!isDict) return print(element, value, first);
    const [key, content] = (element as TupleNode).members as [Node, Node];
    const entry = value as [unknown, unknown];
    return `${print(key, entry[0], first)}: ${print(content, entry[1], first)}`;
  });
  return isDict ? `{${parts.join(', ')}}` : `[${parts.join(', ')}]`;
}

function printTuple(node: TupleNode, values: unknown[], annotate: boolean): string {
  const parts = node.members.map((member, i) => print(member, values[i], annotate));
  if (node.type.startsWith('{')) return `{${parts.join(', ')}}`;
  return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(', ')})`;
}

/** The word `just` is needed only where `nothing` alone would mean an outer maybe. */
function printMaybe(node: MaybeNode, value: { just: unknown } | null, annotate: boolean): string {
  const prefix = annotate ? `@${node.type} ` : '';
  if (value === null) return `${prefix}nothing`;
  const child = print(node.element, value.just, false);
  return `${prefix}${child.endsWith('nothing') ? 'just ' : ''}${child}`;
}
