import { compareNames, OstError } from '@ost/objects';
import { listRemotes, remoteOption, type Repo } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../../context.js';

function remotesWithParents(repo: Repo): string[] {
  const names = new Set<string>();
  for (let r: Repo | null = repo; r !== null; r = r.parent) for (const name of listRemotes(r)) names.add(name);
  return [...names].sort(compareNames);
}

/** `remote list`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const names = remotesWithParents(repo);
  if (args.flag('json')) {
    out.json(names.map((name) => ({ name, url: remoteOption(repo, name, 'url') ?? null })));
    return;
  }
  if (!args.flag('show-urls')) {
    for (const name of names) out.line(name);
    return;
  }
  const width = Math.max(0, ...names.map((name) => name.length));
  for (const name of names) {
    const url = remoteOption(repo, name, 'url');
    if (url === undefined) throw new OstError('config', `No "url" option in remote "${name}"`);
    out.line(`${name.padEnd(width)}  ${url}`);
  }
}
