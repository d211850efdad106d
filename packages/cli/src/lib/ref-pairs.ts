import type { CollectionRef } from '@ost/fetch';
import { assertCollectionId, assertRefName } from '@ost/objects';
import { UsageError } from '../errors.js';

/** Reads `COLLECTION-ID REF` pairs of a command line. */
export function refPairs(words: readonly string[]): CollectionRef[] {
  if (words.length < 2) throw new UsageError('At least one COLLECTION-ID REF pair must be specified');
  if (words.length % 2 !== 0) throw new UsageError('Only complete COLLECTION-ID REF pairs may be specified');
  const pairs: CollectionRef[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [collectionId, name] = [words[i] as string, words[i + 1] as string];
    assertCollectionId(collectionId);
    assertRefName(name);
    pairs.push({ collectionId, name });
  }
  return pairs;
}
