import { initRepo } from '@ost/repo';
import { type CommandContext, repoPath } from '../context.js';

/** `init`. */
export async function run(context: CommandContext): Promise<void> {
  const { args } = context;
  const mode = args.string('mode');
  const collectionId = args.string('collection-id');
  await initRepo(repoPath(context), {
    ...(mode === undefined ? {} : { mode }),
    ...(collectionId === undefined ? {} : { collectionId }),
  });
}
