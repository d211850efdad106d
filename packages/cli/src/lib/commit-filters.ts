import { OstError } from '@ost/objects';
import {
  canonicalPermissions,
  type CommitModifier,
  composeFilters,
  type EntryFilter,
  type ListFilter,
  readOnlyExecutables,
  setOwner,
  skipList,
  statOverride,
} from '@ost/repo';
import type { CommandContext } from '../context.js';
import { readText } from './read-text.js';

/** The modifier that a command line asks for, and what to check when all entries have come. */
export interface CommitFilters {
  readonly modifier: CommitModifier;
  /** Complains about entries of lists that never matched. */
  readonly assertAllMatched: () => void;
}

interface Leftover {
  readonly list: ListFilter;
  readonly what: string;
}

function ownerId({ args }: CommandContext, name: 'owner-uid' | 'owner-gid'): number | undefined {
  const value = args.integer(name);
  return value === undefined || value < 0 ? undefined : value;
}

/** Reads the filter options of `commit`, in the order in which the filters run. */
export function commitFilters(context: CommandContext): CommitFilters {
  const { args, err } = context;
  const uid = ownerId(context, 'owner-uid');
  const gid = ownerId(context, 'owner-gid');
  const canonical = args.flag('canonical-permissions');
  for (const [name, id] of [
    ['--owner-uid', uid],
    ['--owner-gid', gid],
  ] as const) {
    if (canonical && id !== undefined && id !== 0) {
      throw new OstError('invalid-argument', `Cannot specify both --canonical-permissions and non-zero ${name}`);
    }
  }
  const read = (file: string): string => readText(context, file);
  const filters: EntryFilter[] = [];
  const leftovers: Leftover[] = [];
  if (uid !== undefined || gid !== undefined) filters.push(setOwner(uid, gid));
  if (args.flag('mode-ro-executables')) filters.push(readOnlyExecutables);
  const override = args.string('statoverride');
  if (override !== undefined) leftovers.push({ list: statOverride(read(override)), what: 'statoverride' });
  const skip = args.string('skip-list');
  if (skip !== undefined) leftovers.push({ list: skipList(read(skip)), what: 'skip-list' });
  filters.push(...leftovers.map(({ list }) => list.filter));
  if (canonical) filters.push(canonicalPermissions);
  return {
    modifier: { filter: composeFilters(filters), noXattrs: args.flag('no-xattrs') || canonical, label: null },
    assertAllMatched: () => {
      for (const { list, what } of leftovers) {
        const paths = list.unmatched();
        for (const name of paths) err.line(`Unmatched ${what} path: ${name}`);
        if (paths.length > 0) throw new OstError('not-found', `Unmatched ${what} paths`, { data: { paths } });
      }
    },
  };
}
