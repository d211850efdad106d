import { LIMITS } from './limits.js';
import { BYTES_NODE, FixedArrayNode, VariableArrayNode } from './nodes/array.js';
import { MaybeNode } from './nodes/maybe.js';
import type { Node } from './nodes/node.js';
import { NUMBER_NODES } from './nodes/number.js';
import { STRING_NODES } from './nodes/string.js';
import { TupleNode } from './nodes/tuple.js';
import { VariantNode } from './nodes/variant.js';
import { isTypeString } from './type-string.js';

/** The node of `v`. */
export const VARIANT_NODE: VariantNode = new VariantNode(compile);

const BASIC: ReadonlyMap<string, Node> = new Map(
  [...NUMBER_NODES, ...STRING_NODES, VARIANT_NODE].map((node) => [node.type, node]),
);

const cache = new Map<string, Node>();

/** The node of a definite type string, compiled once; null for any other text. */
export function compile(type: string): Node | null {
  const known = cache.get(type);
  if (known !== undefined) return known;
  if (!isTypeString(type)) return null;
  const node = build(type, 0).node;
  // Types come from untrusted variants, too, so neither their number nor their length may grow without bound.
  if (type.length <= LIMITS.cachedTypeLength) {
    if (cache.size >= LIMITS.cachedTypes) cache.clear();
    cache.set(type, node);
  }
  return node;
}

/** Builds the type at `start` of a valid type string; `end` is the index behind it. */
function build(text: string, start: number): { node: Node; end: number } {
  const char = text.charAt(start);
  const basic = BASIC.get(char);
  if (basic !== undefined) return { node: basic, end: start + 1 };
  if (char === 'a' || char === 'm') {
    const { node: element, end } = build(text, start + 1);
    const type = text.slice(start, end);
    if (char === 'm') return { node: new MaybeNode(type, element), end };
    if (type === 'ay') return { node: BYTES_NODE, end };
    const node = element.fixedSize === 0 ? new VariableArrayNode(type, element) : new FixedArrayNode(type, element);
    return { node, end };
  }
  const close = char === '(' ? ')' : '}';
  const members: Node[] = [];
  let at = start + 1;
  while (text.charAt(at) !== close) {
    const { node, end } = build(text, at);
    members.push(node);
    at = end;
  }
  return { node: new TupleNode(text.slice(start, at + 1), members), end: at + 1 };
}
