import { parseVariant, variant, VariantTextError } from '@ost/gvariant';
import { type Metadata, OstError } from '@ost/objects';

/** Splits `KEY=VALUE` at the first `=`. */
export function splitPair(text: string, missing: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at === -1) throw new OstError('invalid-argument', missing);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Metadata entries from `KEY=VALUE` arguments whose values are plain texts. */
export function stringEntries(pairs: readonly string[]): Metadata {
  return pairs.map((pair) => {
    const [key, value] = splitPair(pair, `Missing '=' in KEY=VALUE metadata '${pair}'`);
    return [key, variant('s', value)];
  });
}

/**
 * Metadata entries from `KEY=VALUE` arguments whose values are in GVariant text form.
 *
 * @param prefix what an error message about a value begins with
 */
export function variantEntries(pairs: readonly string[], prefix: (value: string, pair: string) => string): Metadata {
  return pairs.map((pair) => {
    const [key, value] = splitPair(pair, `Missing '=' in KEY=VALUE metadata '${pair}'`);
    try {
      return [key, parseVariant(value)];
    } catch (error) {
      if (!(error instanceof VariantTextError)) throw error;
      throw new OstError('invalid-argument', `${prefix(value, pair)}${error.message}`, { cause: error });
    }
  });
}
