import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openRepo } from '@ost/repo';
import { runCommand } from './commands.mjs';
import type { Experiment } from './experiments.js';
import { leftovers } from './listing.js';
import { hasOstree, ostreeFsck } from './ostree.js';
import { assertSound } from './repos.js';

/** Temporary files where nobody would ever remove them. */
function strayFiles(repo: string): string[] {
  const found: string[] = [];
  for (const part of ['objects', 'refs', 'state']) {
    for (const entry of fs.readdirSync(join(repo, part), { withFileTypes: true, recursive: true })) {
      if (!entry.isDirectory() && /(^|\/)\.?tmp/.test(entry.name)) found.push(join(entry.parentPath, entry.name));
    }
  }
  found.push(...fs.readdirSync(repo).filter((name) => name.startsWith('.tmp')));
  return found;
}

/** What the next transaction leaves in `tmp` when everything there is old enough. */
async function expired(repo: string): Promise<string[]> {
  const config = (await openRepo(repo)).readConfig();
  config.set('core', 'tmp-expiry-secs', '-1');
  (await openRepo(repo)).saveConfig(config);
  await (await openRepo(repo)).withTransaction(async () => undefined);
  return leftovers(repo);
}

/**
 * Checks what must hold after a command was stopped half-way, and that it can be run again then.
 * @param judged whether libostree's fsck is asked as well
 */
export async function recovers({ repo, command, check }: Experiment, judged = true): Promise<void> {
  await assertSound(await openRepo(repo));
  await check(false);
  if (judged && hasOstree) ostreeFsck(repo);
  await runCommand(repo, command);
  await check(true);
  await assertSound(await openRepo(repo));
  expect(await expired(repo)).toEqual([]);
  expect(strayFiles(repo)).toEqual([]);
}
