import type { Checksum } from '@ost/objects';

/**
 * Sorts files so that similar ones stand together, within reach of the compressor: by the kind that the end of the name
 * tells, then by name, then by path.
 */
export function byLikeness(
  files: readonly Checksum[],
  paths: ReadonlyMap<Checksum, readonly string[]>,
): readonly Checksum[] {
  return files
    .map((checksum) => ({ checksum, key: sortKey(paths.get(checksum)?.[0] ?? '') }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ checksum }) => checksum);
}

function sortKey(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const kind = /\.so(?:\.|$)/.test(name) ? 'so' : (/\.([A-Za-z]\w*)$/.exec(name)?.[1] ?? '');
  return `${kind}\0${name}\0${path}`;
}
