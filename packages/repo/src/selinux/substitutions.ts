/** One line of a file_contexts.subs file: paths below `from` are looked up below `to`. */
export interface Substitution {
  readonly from: string;
  readonly to: string;
}

/** Reads lines of `PREFIX REPLACEMENT`; the last one comes first, as libselinux applies them. */
export function parseSubstitutions(text: string): Substitution[] {
  const found: Substitution[] = [];
  for (const line of text.split('\n')) {
    const [from, to] = line.trim().split(/\s+/);
    if (from === undefined || from === '' || from.startsWith('#') || to === undefined) continue;
    found.unshift({ from, to });
  }
  return found;
}

/** Replaces the beginning of a path by the first substitution for it; null when there is none. */
export function substitute(path: string, substitutions: readonly Substitution[]): string | null {
  for (const { from, to } of substitutions) {
    if (!path.startsWith(from)) continue;
    const rest = path.slice(from.length);
    if (rest !== '' && !rest.startsWith('/')) continue;
    return to === '/' && rest !== '' ? rest : to + rest;
  }
  return null;
}
