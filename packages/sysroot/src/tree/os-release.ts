import { join } from 'node:path';
import { OstError } from '@ost/objects';
import { readIfPresent } from '../files/files.js';

/**
 * Reads an os-release file: `KEY=value` lines with shell quoting; `#` comments and values with a quote that is not
 * closed are skipped. A value reaches to the end of its line, blanks outside of quotes included.
 */
export function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (line.startsWith('#') || at < 0) continue;
    const value = shellUnquote(line.slice(at + 1));
    if (value !== null) values.set(line.slice(0, at), value);
  }
  return values;
}

/** The name of the system in a tree: `PRETTY_NAME`, else `ID`. */
export function systemName(tree: string): string {
  const bytes = readIfPresent(join(tree, 'usr/lib/os-release')) ?? readIfPresent(join(tree, 'etc/os-release'));
  if (bytes === null)
    throw new OstError('not-found', 'Reading /etc/os-release: openat(etc/os-release): No such file or directory');
  const values = parseOsRelease(bytes.toString('utf8'));
  const name = values.get('PRETTY_NAME') ?? values.get('ID');
  if (name === undefined) throw new OstError('config', 'No PRETTY_NAME or ID in /etc/os-release');
  return name;
}

/** Undoes shell quoting of one line; `null` where a quote is not closed. */
function shellUnquote(text: string): string | null {
  let out = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quote === "'") {
      if (char === "'") quote = '';
      else out += char;
    } else if (quote === '"') {
      const next = text[at + 1];
      if (char === '"') quote = '';
      else if (char === '\\' && next !== undefined && '"`$\\'.includes(next)) {
        out += next;
        at++;
      } else out += char;
    } else if (char === "'" || char === '"') quote = char;
    else if (char === '\\') out += text[++at] ?? '';
    else out += char;
  }
  return quote === '' ? out : null;
}
