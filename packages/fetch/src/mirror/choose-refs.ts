import { isRefName, OstError } from '@ost/objects';
import type { RemoteRef } from '../summary/remote-summary.js';

/** What `*` (within a name's part) and `**` (any number of parts) stand for. */
function patternExpression(pattern: string): RegExp {
  const source = pattern.replace(/\*\*|[\\^$.*+?()[\]{}|]/g, (c) => {
    if (c === '**') return '.*';
    return c === '*' ? '[^/]*' : `\\${c}`;
  });
  return new RegExp(`^${source}$`);
}

/**
 * The refs that names or patterns such as `app/*` stand for; all when there are none.
 * @throws OstError `invalid-name`; `not-found` for a name or pattern that stands for nothing
 */
export function chooseRefs(refs: readonly RemoteRef[], patterns: readonly string[]): RemoteRef[] {
  if (patterns.length === 0) return [...refs];
  const expressions = patterns.map((pattern) => {
    if (!isRefName(pattern.replaceAll('*', 'x'))) throw new OstError('invalid-name', `Invalid ref name ${pattern}`);
    const expression = patternExpression(pattern);
    if (!refs.some(({ name }) => expression.test(name))) {
      throw new OstError('not-found', `No such branch '${pattern}' in repository summary`, { data: { ref: pattern } });
    }
    return expression;
  });
  return refs.filter(({ name }) => expressions.some((expression) => expression.test(name)));
}
