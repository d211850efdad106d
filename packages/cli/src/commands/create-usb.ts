import * as path from 'node:path';
import { createUsb } from '@ost/fetch';
import { toChecksum } from '@ost/objects';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { fsyncPolicy } from '../lib/fsync.js';
import { refPairs } from '../lib/ref-pairs.js';

/** `create-usb MOUNT-PATH COLLECTION-ID REF...`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const [mount, ...words] = args.positionals;
  if (mount === undefined) throw new UsageError('A MOUNT-PATH must be specified');
  const pairs = refPairs(words);
  const commit = args.string('commit');
  if (commit !== undefined && pairs.length > 1) throw new UsageError('--commit needs a single COLLECTION-ID REF pair');
  const source = await openCommandRepo(context);
  const destination = args.string('destination-repo');
  const fsync = fsyncPolicy(context);
  const { repo, refs } = await createUsb(
    source,
    resolvePath(context, mount),
    pairs.map((pair) => (commit === undefined ? pair : { ...pair, commit: toChecksum(commit) })),
    {
      ...(destination === undefined ? {} : { destination }),
      ...(fsync === undefined ? {} : { fsync }),
      signal: io.signal,
    },
  );
  const shown = destination ?? path.relative(resolvePath(context, mount), repo.path);
  out.line(
    `Copied ${refs.length}/${refs.length} refs successfully from ‘${source.path}’ to ‘${shown}’ repository in ‘${mount}’.`,
  );
}
