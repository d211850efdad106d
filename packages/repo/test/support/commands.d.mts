/** A command of `commands.mjs` with its arguments. */
export interface Command {
  readonly command: 'alias' | 'checkout' | 'commit' | 'prune' | 'pull' | 'ref' | 'summary';
  readonly [argument: string]: unknown;
}

/** Opens the repository and runs a command on it. */
export function runCommand(path: string, command: Command): Promise<void>;
