import { LIMITS, OstError } from '@ost/objects';

/**
 * A path of an archive as one relative to the root of a commit, `''` for the root itself. Leading slashes, and
 * ascents above the root of an absolute path, mean nothing (repository format, "tar trees").
 * @throws OstError `invalid-name` when it holds `..`
 */
export function relativePath(path: string): string {
  const relative = path.replace(/^(\/(\.\.(?=\/))?)+/, '').replace(/^(\.?\/)+/, '');
  const rest = relative === '.' ? '' : relative;
  try {
    splitPath(rest);
  } catch (error) {
    throw error instanceof OstError ? error.withPrefix(`While making relative path "${rest}":`) : error;
  }
  return rest;
}

/**
 * The names that a path leads through.
 * @throws OstError `invalid-name` when one of them is `..`, `limit` when there are too many
 */
export function splitPath(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) {
    throw new OstError('invalid-name', `Invalid uplink '..' in path ${path}`, { data: { path } });
  }
  if (names.length > LIMITS.treeDepth) {
    throw new OstError('limit', `Path of an archive is more than ${LIMITS.treeDepth} names deep`);
  }
  return names;
}
