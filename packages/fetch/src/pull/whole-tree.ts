import { LIMITS, type OstError } from '@ost/objects';
import { addObjectsBelow, ObjectMarks, ObjectTable, type Repo, TreeWalker } from '@ost/repo';

/**
 * Whether all that a tree holds is in a repository or in a transaction: directories are listed once and not asked for each
 * object, and none of what is here is parsed. False also where objects may be in a parent repository.
 * @param staging directory of the transaction's objects
 * @throws OstError `limit` where directories are nested too deep
 */
export function isWholeTree(repo: Repo, staging: string, tree: Parameters<TreeWalker['directory']>[0]): boolean {
  if (repo.parent !== null) return false;
  const table = new ObjectTable(1 << 15);
  addObjectsBelow(table, `${repo.path}/objects`, repo.mode);
  addObjectsBelow(table, staging, repo.mode);
  const here = table.size;
  const reached = new ObjectMarks();
  let whole = true;
  const visit = (index: number): boolean => {
    whole &&= index < here;
    return whole && reached.add(index);
  };
  const unreadable = (error: OstError): never => {
    throw error;
  };
  new TreeWalker(repo, table).directory(tree, visit, unreadable, LIMITS.treeDepth);
  return whole;
}
