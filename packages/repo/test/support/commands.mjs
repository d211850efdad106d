// The commands that tests run in this process, or by `child.mjs` in one of their own.
import { checkout, commitTree, openRepo, prune, pullLocal, updateSummary } from '@ost/repo';

const timestamp = 1_700_000_000n;

const commands = {
  commit: async (repo, { dir, branch = 'main', times = 1, ...options }) => {
    for (let i = 0; i < times; i++) {
      await commitTree(repo, [{ type: 'dir', path: dir }], { branch, timestamp: timestamp + BigInt(i), ...options });
    }
  },
  pull: async (repo, { source }) => pullLocal(repo, await openRepo(source), { refs: ['main'] }),
  checkout: async (repo, { rev, to, ...options }) => checkout(repo, repo.resolve(rev), to, options),
  prune: async (repo, { times = 1 }) => {
    for (let i = 0; i < times; i++) await prune(repo, { refsOnly: true, depth: 0 });
  },
  ref: async (repo, { name, rev }) => repo.setRef({ name }, rev === null ? null : repo.resolve(rev)),
  alias: async (repo, { name, target }) => repo.createAlias(name, target),
  summary: async (repo) => updateSummary(repo),
};

/** Opens the repository and runs a command on it. */
export async function runCommand(path, { command, ...args }) {
  await commands[command](await openRepo(path), args);
}
