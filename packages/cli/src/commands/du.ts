import * as path from 'node:path';
import { formatSize } from '@ost/objects';
import { type DiskUsage, type DiskUsageReport, pathUsage, refUsage } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';

const HEADINGS = ['SIZE', 'OWN', 'OBJECTS', 'NAME'] as const;

function rows({ args }: CommandContext, { entries, total }: DiskUsageReport): string[][] {
  const size = (bytes: number): string => (args.flag('bytes') ? String(bytes) : formatSize(bytes));
  const listed = entries.map((entry) => [size(entry.size), size(entry.ownSize), String(entry.objects), entry.name]);
  return [[...HEADINGS], ...listed, [size(total.size), '', String(total.objects), 'total']];
}

/** Columns of numbers aligned to the right, before the name. */
function print(context: CommandContext, report: DiskUsageReport): void {
  const table = rows(context, report);
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)));
  for (const row of table) {
    const numbers = row.slice(0, -1).map((cell, column) => cell.padStart(widths[column] as number));
    context.out.line(`${numbers.join('  ')}  ${row.at(-1)}`);
  }
}

function sorted({ args }: CommandContext, entries: readonly DiskUsage[]): readonly DiskUsage[] {
  return args.flag('sort') ? entries.toSorted((a, b) => b.size - a.size || b.ownSize - a.ownSize) : entries;
}

/** `du [COMMIT [PATH...]]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const repo = await openCommandRepo(context);
  const [rev, ...paths] = args.positionals;
  const commit = rev === undefined ? null : repo.resolve(rev);
  const options = { signal: io.signal };
  const reports =
    commit === null
      ? [{ path: null, ...refUsage(repo, options) }]
      : (paths.length === 0 ? ['/'] : paths).map((name) => {
          const absolute = path.posix.resolve('/', name);
          return { path: absolute, ...pathUsage(repo, commit, absolute, options) };
        });
  const ordered = reports.map((report) => ({ ...report, entries: sorted(context, report.entries) }));
  if (!args.flag('json')) for (const report of ordered) print(context, report);
  else out.json(commit === null ? { refs: ordered[0]?.entries, total: ordered[0]?.total } : { commit, paths: ordered });
}
