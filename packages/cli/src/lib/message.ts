import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { OstError } from '@ost/objects';

/** Message of a commit. */
export interface Message {
  readonly subject: string;
  readonly body: string;
}

function editorCommand(env: NodeJS.ProcessEnv): string {
  const dumb = env['TERM'] === undefined || env['TERM'] === 'dumb';
  const chosen = env['OSTREE_EDITOR'] ?? (dumb ? undefined : env['VISUAL']) ?? env['EDITOR'];
  if (chosen !== undefined) return chosen;
  if (dumb) throw new OstError('state', 'Terminal is dumb, but EDITOR unset');
  return 'vi';
}

function template(branch: string | undefined, subject: string | undefined): string {
  const lines = [
    '',
    '# Describe the commit. The first line is its subject, the rest its body.',
    "# Lines that begin with '#' are left out, and without a subject there is no commit.",
    '#',
    ...(branch === undefined ? [] : [`# Branch: ${branch}`]),
    ...(subject === undefined ? [] : [subject]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Lets the user write the message (repository format, "Editor"). */
export function editMessage(env: NodeJS.ProcessEnv, branch: string | undefined, subject: string | undefined): Message {
  const command = editorCommand(env);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-message-'));
  try {
    const file = path.join(directory, 'COMMIT_MESSAGE');
    fs.writeFileSync(file, template(branch, subject));
    const { status, signal } = spawnSync('/bin/sh', ['-c', `${command} "$0"`, file], { stdio: 'inherit', env });
    if (status !== 0) {
      const how =
        signal === null
          ? `Child process exited with code ${status}`
          : `Child process killed by signal ${os.constants.signals[signal]}`;
      throw new OstError('state', `There was a problem with the editor '${command}'${how}`);
    }
    return parseMessage(fs.readFileSync(file, 'utf8'));
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Subject and body of an edited text. */
export function parseMessage(text: string): Message {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trimEnd());
  const start = lines.findIndex((line) => line !== '');
  if (start === -1) throw new OstError('state', 'Aborting commit due to empty commit subject.');
  const body = lines.slice(start + 1).join('\n');
  return { subject: lines[start] as string, body: body.replace(/^\n+/, '').trimEnd() };
}
