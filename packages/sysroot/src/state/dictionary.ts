import { codec, type Variant } from '@ost/gvariant';
import { OstError } from '@ost/objects';
import { reason } from '../errors.js';

/** What `/run` holds of a system's state: values by name, each with its type. */
export type Dictionary = readonly (readonly [string, Variant])[];

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
export function lookup<T>(entries: Dictionary, key: string, type: string): T | undefined {
  const found = entries.find(([name]) => name === key)?.[1];
  if (found === undefined) return undefined;
  if (found.type !== type) throw new OstError('corrupt', `Key ${key} has type ${found.type}, not ${type}`);
  return found.value as T;
}

/** The value of a key that must be there. */
export function required<T>(entries: Dictionary, key: string, type: string): T {
  const value = lookup<T>(entries, key, type);
  if (value === undefined) throw new OstError('corrupt', `Missing key: ${key}`);
  return value;
}
