import type { CommandContext } from '../context.js';
import { UsageError } from '../errors.js';
import { completionScript } from '../help.js';

const shells = ['bash', 'zsh', 'fish'] as const;

/** `completion [SHELL]`. */
export async function run({ args, io, out }: CommandContext): Promise<void> {
  const named = args.positionals[0];
  const current = io.env['SHELL']?.split('/').at(-1);
  const shell = shells.find((known) => known === (named ?? current)) ?? (named === undefined ? 'bash' : undefined);
  if (shell === undefined) throw new UsageError(`Unknown shell '${named}'`);
  out.text(completionScript(io.program, shell));
}
