import { type Checksum, type Commit, commitContentChecksum, type HashProvider } from '@ost/objects';
import { formatUtc } from './dates.js';

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}\n`)
    .join('');
}

/** The `version` of a commit, if it has one and it is a text. */
export function commitVersion(commit: Commit): string | undefined {
  const entry = commit.metadata.find(([key]) => key === 'version')?.[1];
  return entry?.type === 's' ? (entry.value as string) : undefined;
}

/** A commit as `log` and `show` print it, from its first line to the empty last one. */
export function commitText(checksum: Checksum, commit: Commit, hash: HashProvider): string {
  let text = `commit ${checksum}\n`;
  if (commit.parent !== null) text += `Parent:  ${commit.parent}\n`;
  text += `ContentChecksum:  ${commitContentChecksum(commit, hash)}\n`;
  text += `Date:  ${formatUtc(commit.timestamp)}\n`;
  const version = commitVersion(commit);
  if (version !== undefined) text += `Version: ${version}\n`;
  text += commit.subject === '' ? '(no subject)\n' : `\n${indented(commit.subject)}`;
  if (commit.body !== '') text += `\n${indented(commit.body)}`;
  return `${text}\n`;
}

/** A commit as JSON, with the fields that `log --json` and `show --json` document. */
export function commitJson(checksum: Checksum, commit: Commit, hash: HashProvider): Record<string, unknown> {
  return {
    checksum,
    parent: commit.parent,
    contentChecksum: commitContentChecksum(commit, hash),
    timestamp: commit.timestamp,
    version: commitVersion(commit) ?? null,
    subject: commit.subject,
    body: commit.body,
    contents: commit.contents,
    meta: commit.meta,
  };
}
