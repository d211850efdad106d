import * as fs from 'node:fs';
import {
  commitDirectory,
  type DiffDirectory,
  diffTrees,
  localDirectory,
  ObjectMarks,
  ObjectTable,
  type Repo,
  TreeWalker,
} from '@ost/repo';
import { formatSize } from '@ost/objects';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';

function isLocal(argument: string): boolean {
  return argument.startsWith('/') || argument.startsWith('./');
}

interface Side {
  readonly tree: DiffDirectory;
  /** Printed before the paths of this side: nothing for local ones. */
  readonly root: '/' | '';
}

function openSide(context: CommandContext, repo: Repo, argument: string, target: boolean): Side {
  const { args } = context;
  if (!isLocal(argument)) {
    return { tree: commitDirectory(repo, repo.loadCommit(repo.resolve(argument)).contents), root: '/' };
  }
  const noXattrs = args.flag('no-xattrs') || repo.config.disableXattrs || repo.mode === 'bare-user-only';
  const ownerUid = target ? args.integer('owner-uid') : undefined;
  const ownerGid = target ? args.integer('owner-gid') : undefined;
  const tree = localDirectory(resolvePath(context, argument), {
    noXattrs,
    ...(ownerUid === undefined || ownerUid < 0 ? {} : { ownerUid }),
    ...(ownerGid === undefined || ownerGid < 0 ? {} : { ownerGid }),
  });
  return { tree, root: '' };
}

interface Stats {
  readonly a: number;
  readonly b: number;
  readonly common: number;
  readonly commonSize: number;
}

function statistics(repo: Repo, from: string, to: string): Stats {
  const table = new ObjectTable();
  const walker = new TreeWalker(repo, table);
  const reach = (rev: string): ObjectMarks => {
    const marks = new ObjectMarks();
    walker.commit(repo.resolve(rev), (index) => marks.add(index), { depth: 0 });
    return marks;
  };
  const [a, b] = [reach(from), reach(to)];
  let common = 0;
  let commonSize = 0;
  for (let index = 0; index < table.size; index++) {
    if (!a.has(index) || !b.has(index)) continue;
    common++;
    const found = repo.store.find(table.type(index), table.checksum(index));
    if (found !== null) commonSize += fs.lstatSync(found.path).size;
  }
  return { a: a.count, b: b.count, common, commonSize };
}

/** `diff A [B]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const [first, second] = args.positionals;
  if (first === undefined) throw new UsageError('REV must be specified');
  const [from, to] = second === undefined ? [`${first}^`, first] : [first, second];
  const withStats = args.flag('stats');
  const withPaths = !withStats || args.flag('fs-diff');
  const result: Record<string, unknown> = {};
  if (withPaths) {
    const source = openSide(context, repo, from, false);
    const target = openSide(context, repo, to, true);
    const { modified, removed, added } = diffTrees(source.tree, target.tree);
    const relative = (side: Side, paths: readonly string[]): string[] =>
      side.root === '/' ? [...paths] : paths.map((name) => name.slice(1));
    if (args.flag('json')) Object.assign(result, { modified, removed, added });
    else {
      for (const name of relative(source, modified)) out.line(`M    ${name}`);
      for (const name of relative(source, removed)) out.line(`D    ${name}`);
      for (const name of relative(target, added)) out.line(`A    ${name}`);
    }
  }
  if (withStats) {
    const { a, b, common, commonSize } = statistics(repo, from, to);
    if (args.flag('json')) result['stats'] = { objectsA: a, objectsB: b, commonObjects: common, commonSize };
    else {
      out.line(`[A] Object Count: ${a}`);
      out.line(`[B] Object Count: ${b}`);
      out.line(`Common Object Count: ${common}`);
      out.line(`Common Object Size: ${formatSize(commonSize)}`);
    }
  }
  if (args.flag('json')) out.json(result);
}
