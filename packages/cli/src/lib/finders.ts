import { configFinder, lanFinder, mountFinder, type RepoFinder } from '@ost/fetch';
import { OstError } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { UsageError } from '../errors.js';

const MAKERS: ReadonlyMap<string, () => RepoFinder> = new Map([
  ['config', configFinder],
  ['lan', () => lanFinder()],
  ['mount', () => mountFinder()],
]);

/** The finders that `--finders` names, else those of the repository's configuration. */
export function chosenFinders(repo: Repo, list: string | undefined): RepoFinder[] {
  if (list === undefined) return defaultFinders(repo);
  const names = list.split(',').filter((name) => name !== '');
  if (names.length === 0) throw new UsageError('List of finders in --finders option must not be empty');
  return names.map((name, i) => {
    const make = MAKERS.get(name);
    if (make !== undefined && names.indexOf(name) === i) return make();
    throw new UsageError(`Unknown or duplicate finder type given in --finders option: ‘${name}’`);
  });
}

function defaultFinders(repo: Repo): RepoFinder[] {
  const names = repo.keyFile.getList('core', 'default-repo-finders') ?? ['config', 'mount'];
  if (names.length === 0) throw new OstError('config', 'Invalid empty default-repo-finders configuration');
  return names.map((name) => {
    const make = MAKERS.get(name);
    if (make !== undefined) return make();
    throw new OstError('config', `Invalid configured repo-finder '${name}'`);
  });
}
