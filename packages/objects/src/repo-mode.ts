import { OstError } from './errors.js';

/** How a repository stores content (repository format, "Repository modes"). */
export type RepoMode = 'bare' | 'bare-user' | 'bare-user-only' | 'bare-split-xattrs' | 'archive';

const modes: Readonly<Record<string, RepoMode>> = {
  bare: 'bare',
  'bare-user': 'bare-user',
  'bare-user-only': 'bare-user-only',
  'bare-split-xattrs': 'bare-split-xattrs',
  archive: 'archive',
  'archive-z2': 'archive',
};

/**
 * Reads a mode as configuration files and command lines spell it.
 * @throws OstError `config` (`Invalid mode 'X' in repository configuration`)
 */
export function parseRepoMode(text: string): RepoMode {
  const mode = Object.hasOwn(modes, text) ? modes[text] : undefined;
  if (mode === undefined)
    throw new OstError('config', `Invalid mode '${text}' in repository configuration`, { data: { mode: text } });
  return mode;
}

/** The spelling that is written into configuration files. */
export function repoModeConfigName(mode: RepoMode): string {
  return mode === 'archive' ? 'archive-z2' : mode;
}
