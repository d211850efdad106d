import { compile } from '../compile.js';
import { BytesNode, FixedArrayNode, VariableArrayNode } from '../nodes/array.js';
import { MaybeNode } from '../nodes/maybe.js';
import type { Node } from '../nodes/node.js';
import { TupleNode } from '../nodes/tuple.js';
import type { Variant } from '../value.js';
import { commonPattern, Plain, Syntax } from './syntax.js';

/** `just X` or `nothing`. */
export class MaybeSyntax extends Syntax {
  readonly #child: Syntax | null;

  constructor(child: Syntax | null) {
    super();
    this.#child = child;
  }

  override pattern(): string {
    return this.#child === null ? 'm*' : `m${this.#child.pattern()}`;
  }

  override value(node: Node): { just: unknown } | null {
    if (!(node instanceof MaybeNode)) throw this.mismatch(node);
    return this.#child === null ? null : { just: this.#child.value(node.element) };
  }
}

/** `[…]`. */
export class ArraySyntax extends Plain {
  readonly #items: readonly Syntax[];

  constructor(items: readonly Syntax[]) {
    super();
    this.#items = items;
  }

  override pattern(): string {
    return this.#items.length === 0 ? 'Ma*' : `Ma${commonPattern(this.#items)}`;
  }

  override plainValue(node: Node): unknown[] | Uint8Array {
    if (node instanceof BytesNode) {
      const byte = compile('y') as Node;
      return Uint8Array.from(this.#items, (item) => item.value(byte) as number);
    }
    if (!(node instanceof FixedArrayNode || node instanceof VariableArrayNode)) throw this.mismatch(node);
    return this.#items.map((item) => item.value(node.element));
  }
}

/** `(…)`. */
export class TupleSyntax extends Plain {
  readonly #items: readonly Syntax[];

  constructor(items: readonly Syntax[]) {
    super();
    this.#items = items;
  }

  override pattern(): string {
    return `M(${this.#items.map((item) => item.pattern()).join('')})`;
  }

  override plainValue(node: Node): unknown[] {
    if (!(node instanceof TupleNode) || !node.type.startsWith('(')) throw this.mismatch(node);
    const values = this.#items.slice(0, node.members.length).map((item, i) => item.value(node.members[i] as Node));
    if (this.#items.length !== node.members.length) throw this.mismatch(node);
    return values;
  }
}

/** `<…>`. */
export class VariantSyntax extends Plain {
  readonly #child: Syntax;

  constructor(child: Syntax) {
    super();
    this.#child = child;
  }

  override pattern(): string {
    return 'Mv';
  }

  override plainValue(node: Node): Variant {
    if (node.type !== 'v') throw this.mismatch(node);
    const type = this.#child.settledType();
    return { type, value: this.#child.value(compile(type) as Node) };
  }
}

/** `{k: v, …}`, or the single entry `{k, v}`. */
export class DictSyntax extends Plain {
  readonly #keys: readonly Syntax[];
  readonly #values: readonly Syntax[];
  readonly #isEntry: boolean;

  constructor(keys: readonly Syntax[], values: readonly Syntax[], isEntry: boolean) {
    super();
    this.#keys = keys;
    this.#values = values;
    this.#isEntry = isEntry;
  }

  override pattern(): string {
    if (this.#keys.length === 0) return 'Ma{**}';
    const keys = commonPattern(this.#keys);
    const key = keys.charAt(keys.startsWith('M') ? 1 : 0);
    if (!'bynqiuxthdsogNS'.includes(key)) throw this.error('dictionary keys must have basic types');
    // The first value alone decides, as in GLib; one that does not fit fails when its value is made.
    return `M${this.#isEntry ? '' : 'a'}{${key}${(this.#values[0] as Syntax).pattern()}}`;
  }

  override plainValue(node: Node): unknown[] {
    const entry = this.#isEntry
      ? node
      : node instanceof FixedArrayNode || node instanceof VariableArrayNode
        ? node.element
        : null;
    if (!(entry instanceof TupleNode) || !entry.type.startsWith('{')) throw this.mismatch(node);
    const [key, content] = entry.members as [Node, Node];
    const entries = this.#keys.map((item, i) => [item.value(key), (this.#values[i] as Syntax).value(content)]);
    return this.#isEntry ? (entries[0] as unknown[]) : entries;
  }
}

/** `@TYPE X` or a keyword such as `uint32 X`. */
export class TypedSyntax extends Syntax {
  readonly #type: string;
  readonly #child: Syntax;

  constructor(type: string, child: Syntax) {
    super();
    this.#type = type;
    this.#child = child;
  }

  override pattern(): string {
    return this.#type;
  }

  override value(node: Node): unknown {
    return this.#child.value(node);
  }
}
