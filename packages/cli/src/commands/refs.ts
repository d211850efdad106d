import { formatRefspec, OstError, parseRefspec } from '@ost/objects';
import { type RefEntry, refspecOf, type Repo } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';
import { parseCollectionRef, refsOfCollections } from '../lib/collection-refs.js';

/** What `refs PREFIX` leaves of a name below the prefix. */
function shortName(entry: RefEntry, prefix: string): string {
  const { ref } = parseRefspec(prefix);
  if (entry.name === ref || !entry.name.startsWith(`${ref}/`)) return refspecOf(entry);
  return formatRefspec({ remote: entry.remote, ref: entry.name.slice(ref.length + 1) });
}

function isWholeRemote(prefix: string): boolean {
  return /:\.?$/.test(prefix);
}

function printed(context: CommandContext, entry: RefEntry, prefix: string | undefined): string {
  if (prefix === undefined) return refspecOf(entry);
  if (isWholeRemote(prefix)) {
    // An oddity that scripts have met: with --list the names of a whole remote begin with a dot.
    return context.args.flag('list') && !prefix.endsWith('.') ? `${entry.remote}:./${entry.name}` : refspecOf(entry);
  }
  return context.args.flag('list') ? refspecOf(entry) : shortName(entry, prefix);
}

function entryJson({ remote, name, checksum, alias }: RefEntry): Record<string, unknown> {
  return { collection: null, remote, name, checksum, alias };
}

function listRefs(context: CommandContext, repo: Repo, prefixes: readonly (string | undefined)[]): void {
  const { args, out } = context;
  const json: unknown[] = [];
  for (const prefix of prefixes) {
    for (const entry of repo.listRefs(prefix)) {
      if (args.flag('alias') && entry.alias === null) continue;
      if (args.flag('json')) json.push(entryJson(entry));
      else if (args.flag('alias')) out.line(`${refspecOf(entry)} -> ${entry.alias}`);
      else out.line(printed(context, entry, prefix) + (args.flag('revision') ? `\t${entry.checksum}` : ''));
    }
  }
  if (args.flag('json')) out.json(json);
}

function listByCollection(context: CommandContext, repo: Repo, prefixes: readonly (string | undefined)[]): void {
  const { args, out } = context;
  const entries = refsOfCollections(repo, prefixes);
  if (args.flag('json')) {
    out.json(
      entries.map(({ collection, name, checksum }) => ({ collection, remote: null, name, checksum, alias: null })),
    );
    return;
  }
  for (const { collection, name, checksum } of entries) {
    out.line(`(${collection}, ${name})${args.flag('revision') ? `\t${checksum}` : ''}`);
  }
}

async function createRef(context: CommandContext, repo: Repo, created: string): Promise<void> {
  const { args } = context;
  const [rev, ...more] = args.positionals;
  if (rev === undefined) throw new UsageError('You must specify a revision when creating a new ref');
  if (more.length > 0) throw new UsageError('You must specify only 1 existing ref when creating a new ref');
  if (args.flag('collections')) {
    const { collection, name } = parseCollectionRef(repo, created);
    // Unlike for other refs, libostree replaces one that is there, and scripts rely on it.
    await repo.setRef({ collection, name }, repo.resolve(rev));
    return;
  }
  const { remote, ref: name } = parseRefspec(created);
  if (args.flag('alias')) {
    if (remote !== null) throw new OstError('invalid-argument', `Cannot create alias to remote ref: ${remote}`);
    if (repo.readRef({ name: rev }) === null)
      throw new OstError('not-found', `Cannot create alias to non-existent ref: ${rev}`);
    if (!args.flag('force') && isPlainRef(repo, name)) throw exists(created);
    await repo.createAlias(name, rev);
    return;
  }
  const checksum = repo.resolve(rev);
  if (!args.flag('force') && repo.readRef({ remote, name }) !== null) throw exists(created);
  await repo.setRef({ remote, name }, checksum);
}

function isPlainRef(repo: Repo, name: string): boolean {
  return repo.listRefs(name).some((entry) => entry.name === name && entry.remote === null && entry.alias === null);
}

function exists(name: string): OstError {
  return new OstError('already-exists', `--create specified but ref ${name} already exists`, { data: { ref: name } });
}

async function deleteRefs(context: CommandContext, repo: Repo): Promise<void> {
  const { args } = context;
  if (args.positionals.length === 0) throw new UsageError('At least one PREFIX is required when deleting refs');
  if (args.flag('collections')) {
    for (const { location } of refsOfCollections(repo, args.positionals)) {
      await repo.setRef(location, null);
    }
    return;
  }
  const aliases = new Map(repo.listRefNames().flatMap(({ name, alias }) => (alias === null ? [] : [[name, alias]])));
  for (const prefix of args.positionals) {
    for (const { remote, name } of repo.listRefNames(prefix)) {
      const user = remote === null ? [...aliases].find(([, target]) => target === name)?.[0] : undefined;
      if (user !== undefined) throw new OstError('state', `Ref '${name}' has an active alias: '${user}'`);
      await repo.setRef({ remote, name }, null);
      if (remote === null) aliases.delete(name);
    }
  }
}

/** `refs [PREFIX...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args } = context;
  const repo = await openCommandRepo(context);
  const created = args.string('create');
  if (args.flag('delete')) return deleteRefs(context, repo);
  if (created !== undefined) return createRef(context, repo, created);
  const prefixes = args.positionals.length === 0 ? [undefined] : args.positionals;
  if (args.flag('collections')) listByCollection(context, repo, prefixes);
  else listRefs(context, repo, prefixes);
}
