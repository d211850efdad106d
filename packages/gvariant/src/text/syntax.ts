import { VariantTextError } from '../errors.js';
import { MaybeNode } from '../nodes/maybe.js';
import type { Node } from '../nodes/node.js';
import { settle, unify } from './pattern.js';

/** Something that has been read, but the type of which may depend on its surroundings. */
export abstract class Syntax {
  /** Byte range in the text. */
  start = 0;
  end = 0;

  /** What is known of the type; see pattern.ts. */
  abstract pattern(): string;
  /** The value as one of type `node`. */
  abstract value(node: Node): unknown;

  /** An error about this part of the text. */
  error(reason: string, other?: Syntax): VariantTextError {
    return new VariantTextError(reason, this.start, this.end, other);
  }

  mismatch(node: Node): VariantTextError {
    return this.error(`can not parse as value of type '${node.type}'`);
  }

  /** The type that this has when nothing around it says otherwise. */
  settledType(): string {
    const type = settle(this.pattern());
    if (type === null) throw this.error('unable to infer type');
    return type;
  }
}

/** Syntax that may stand for a maybe without saying `just`. */
export abstract class Plain extends Syntax {
  abstract plainValue(node: Node): unknown;

  override value(node: Node): unknown {
    return node instanceof MaybeNode ? { just: this.value(node.element) } : this.plainValue(node);
  }
}

/** The pattern of things that must have one type. */
export function commonPattern(items: readonly Syntax[]): string {
  let common = (items[0] as Syntax).pattern();
  for (let i = 1; i < items.length; i++) {
    const item = items[i] as Syntax;
    const pattern = item.pattern();
    const merged = common === pattern ? common : unify(common, pattern);
    if (merged === null) {
      const other = items.slice(0, i).find((before) => unify(pattern, before.pattern()) === null);
      throw (other ?? item).error('unable to find a common type', item);
    }
    common = merged;
  }
  return common;
}
