/** A value together with its type: what a `v` holds. */
export interface Variant {
  /** A definite type string. */
  readonly type: string;
  /** The value, in the shape that {@link Value} gives for `type`. */
  readonly value: unknown;
}

/** A {@link Variant} the type of which is known to the compiler. */
export interface TypedVariant<T extends string> extends Variant {
  readonly type: T;
  readonly value: Value<T>;
}

interface Leaf {
  y: number;
  n: number;
  q: number;
  i: number;
  u: number;
  h: number;
  x: bigint;
  t: bigint;
  d: number;
  b: boolean;
  s: string;
  o: string;
  g: string;
  v: Variant;
}

/** Splits the first complete type off `S`: `[its value, the rest of S]`. */
type Head<S extends string> = S extends `${infer C}${infer R}`
  ? C extends keyof Leaf
    ? [Leaf[C], R]
    : C extends 'a'
      ? R extends `y${infer R2}`
        ? [Uint8Array, R2]
        : Head<R> extends [infer V, infer R2 extends string]
          ? [V[], R2]
          : never
      : C extends 'm'
        ? Head<R> extends [infer V, infer R2 extends string]
          ? [{ just: V } | null, R2]
          : never
        : C extends '('
          ? Members<R, []>
          : C extends '{'
            ? Head<R> extends [infer K, infer R2 extends string]
              ? Head<R2> extends [infer V, `}${infer R3}`]
                ? [[K, V], R3]
                : never
              : never
            : never
  : never;

type Members<S extends string, A extends unknown[]> = S extends `)${infer R}`
  ? [A, R]
  : Head<S> extends [infer V, infer R extends string]
    ? Members<R, [...A, V]>
    : never;

/**
 * The TypeScript shape of a value of type `T`: `Value<'(uuua(ayay))'>` is
 * `[number, number, number, [Uint8Array, Uint8Array][]]`.
 *
 * | type | value |
 * |---|---|
 * | `y n q i u h d` | `number` |
 * | `x t` | `bigint` |
 * | `b` | `boolean` |
 * | `s o g` | `string` |
 * | `v` | {@link Variant} |
 * | `mT` | `null` or `{ just: T }` |
 * | `ay` | `Uint8Array` |
 * | `aT` | `T[]` |
 * | `(…)` | tuple |
 * | `{KV}` | `[K, V]`, so `a{KV}` is `[K, V][]` with order and duplicates kept |
 */
export type Value<T extends string> = string extends T ? unknown : Head<T> extends [infer V, ''] ? V : never;

/** What may be encoded as `T`: {@link Value} with arrays that may be read-only. */
export type Encodable<T extends string> = string extends T ? unknown : Readable<Value<T>>;

type Readable<V> = V extends Uint8Array | Variant
  ? V
  : V extends readonly unknown[] | { just: unknown }
    ? { readonly [K in keyof V]: Readable<V[K]> }
    : V;

/**
 * Makes a variant; the value is checked against the type by the compiler, and when it is encoded.
 *
 * @example
 * ```ts
 * const binding = variant('as', ['main']);
 * ```
 */
export function variant<const T extends string>(type: T, value: Encodable<T>): TypedVariant<T> {
  return { type, value: value as Value<T> };
}

/** True for an object that has the two members of a {@link Variant}; its type string is not looked at. */
export function isVariant(value: unknown): value is Variant {
  return typeof value === 'object' && value !== null && 'type' in value && 'value' in value;
}
