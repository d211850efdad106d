import { variant } from '@ost/gvariant';
import { compareNames, type Metadata } from '@ost/objects';

/** Which refs and collection a commit may be published under. */
export interface BindingOptions {
  /** Ref that the commit is made for; null with `--orphan`. */
  readonly branch: string | null;
  /** Further refs. */
  readonly bindRefs?: readonly string[];
  readonly collectionId: string | null;
}

/**
 * The binding entries of a commit's metadata (repository format, "Well-known metadata keys").
 * @param present entries that are there already; a collection binding among them stays
 */
export function bindingEntries(present: Metadata, options: BindingOptions): Metadata {
  const refs = [...(options.branch === null ? [] : [options.branch]), ...(options.bindRefs ?? [])].sort(compareNames);
  const entries: Metadata = [['ostree.ref-binding', variant('as', refs)]];
  if (options.collectionId !== null && !present.some(([key]) => key === 'ostree.collection-binding')) {
    entries.push(['ostree.collection-binding', variant('s', options.collectionId)]);
  }
  return entries;
}
