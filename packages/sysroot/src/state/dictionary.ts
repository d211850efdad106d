import { codec, type Variant } from '@ost/gvariant';
import { OstError } from '@ost/objects';
import { reason } from '../errors.js';

/** What `/run` holds of a system's state: values by name, each with its type. */
export type Dictionary = readonly (readonly [string, Variant])[];

/** What values of a type are. */
interface Values {
  s: string;
  b: boolean;
  as: readonly string[];
  '(tt)': readonly [bigint, bigint];
  'a{ss}': readonly (readonly [string, string])[];
  'a{sv}': Dictionary;
}

/**
 * Reads the bytes of a dictionary. An empty file is an empty one.
 * @param path file that they are from, for errors
 */
export function readDictionary(bytes: Uint8Array, path: string): [string, Variant][] {
  if (bytes.length === 0) return [];
  try {
    return codec('a{sv}').decode(bytes);
  } catch (error) {
    throw new OstError('corrupt', `Parsing ${path}: ${reason(error)}`, { cause: error });
  }
}

/**
 * The value of a key, or `undefined`.
 * @throws OstError `corrupt` for one of another type
 */
export function lookup<T extends keyof Values>(entries: Dictionary, key: string, type: T): Values[T] | undefined {
  const found = entries.find(([name]) => name === key)?.[1];
  if (found === undefined) return undefined;
  if (found.type !== type) throw new OstError('corrupt', `Key ${key} has type ${found.type}, not ${type}`);
  return found.value as Values[T];
}

/** The value of a key that must be there. */
export function required<T extends keyof Values>(entries: Dictionary, key: string, type: T): Values[T] {
  const value = lookup(entries, key, type);
  if (value === undefined) throw new OstError('corrupt', `Missing key: ${key}`);
  return value;
}
