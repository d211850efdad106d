import { OstError } from '@ost/objects';

const escapes: Readonly<Record<string, string>> = { s: ' ', t: '\t', n: '\n', r: '\r', '\\': '\\', ';': ';' };

// Without `\p{Cc}`, for which V8 builds tables in a third of a millisecond.
const GROUP = /^\[([^\][\u0000-\u001f\u007f-\u009f]+)\][ \t]*$/;

function unescape(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(/\\([stnr\\;])/g, (_, c: string) => escapes[c] as string);
}

/** Blanks are escaped where they lead, with line ends among them; GLib only knows ASCII's. */
function escape(value: string): string {
  const leading = /^[ \t\n\r]*/.exec(value)?.[0] ?? '';
  const rest = value.slice(leading.length).replaceAll('\\', '\\\\');
  const head = leading.replaceAll(' ', '\\s').replaceAll('\t', '\\t');
  return (head + rest).replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}

/** An item of a list; after a separator inside it, blanks count as leading again. */
function escapeItem(item: string): string {
  return item.split(';').map(escape).join('\\;');
}

function trimStart(text: string): string {
  return text.replace(/^[ \t\n\r\f]+/, '');
}

function trimEnd(text: string): string {
  return text.replace(/[ \t\n\r\f]+$/, '');
}

/** Splits a raw list at unescaped `;` (or any of `separators`), dropping the empty tail after a final separator. */
function splitList(raw: string, separators: string): string[] {
  const items: string[] = [];
  let item = '';
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i] as string;
    if (c === '\\' && i + 1 < raw.length) item += c + (raw[++i] as string);
    else if (separators.includes(c)) {
      items.push(unescape(item));
      item = '';
    } else item += c;
  }
  if (item !== '') items.push(unescape(item));
  return items;
}

/**
 * A GLib key file: groups of `key=value` lines, as used by repository configurations, remotes and deployment origins.
 * Rewriting drops comments and blank lines and separates groups by one blank line, as GLib does
 * (repository format, "Key file dialect").
 */
export class KeyFile {
  readonly #groups = new Map<string, Map<string, string>>();

  /**
   * Parses a key file.
   * @throws OstError `config` for a line that is neither a group, a pair nor a comment, or a pair before any group
   */
  static parse(text: string): KeyFile {
    const file = new KeyFile();
    let group: Map<string, string> | undefined;
    for (const line of text.split(/\r?\n/)) {
      const trimmed = trimStart(line);
      if (trimmed === '' || trimmed.startsWith('#')) continue;
      if (trimmed.startsWith('[')) {
        const name = GROUP.exec(trimmed)?.[1];
        if (name === undefined)
          throw new OstError('config', `Invalid group name: ${trimmed.slice(1).replace(/\].*$/, '')}`);
        group = file.#group(name);
        continue;
      }
      const eq = trimmed.indexOf('=');
      if (eq <= 0) {
        const what = `Key file contains line “${trimmed}” which is not a key-value pair, group, or comment`;
        throw new OstError('config', what, { data: { line: trimmed } });
      }
      if (group === undefined) throw new OstError('config', 'Key file does not start with a group');
      group.set(trimEnd(trimmed.slice(0, eq)), trimStart(trimmed.slice(eq + 1)));
    }
    return file;
  }

  #group(name: string): Map<string, string> {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Map<string, string>();
      this.#groups.set(name, group);
    }
    return group;
  }

  /** Group names in file order. */
  groups(): string[] {
    return [...this.#groups.keys()];
  }

  /** Key names of a group in file order; empty when there is no such group. */
  keys(group: string): string[] {
    return [...(this.#groups.get(group)?.keys() ?? [])];
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  has(group: string, key: string): boolean {
    return this.#groups.get(group)?.has(key) ?? false;
  }

  /** The unescaped value, or undefined when the group or key is absent. */
  get(group: string, key: string): string | undefined {
    const raw = this.#groups.get(group)?.get(key);
    return raw === undefined ? undefined : unescape(raw);
  }

  /**
   * The unescaped value of a key that must exist.
   * @throws OstError `not-found` with GLib's text
   */
  require(group: string, key: string): string {
    const value = this.get(group, key);
    if (value !== undefined) return value;
    if (!this.#groups.has(group)) throw new OstError('not-found', `Key file does not have group “${group}”`);
    throw new OstError('not-found', `Key file does not have key “${key}” in group “${group}”`);
  }

  /**
   * A boolean (`true`, `false`, `1`, `0`).
   * @throws OstError `config` for any other text
   */
  getBoolean(group: string, key: string): boolean | undefined {
    const text = this.get(group, key);
    if (text === undefined) return undefined;
    const value = trimEnd(text);
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    throw new OstError('config', `Key file contains key “${key}” which has a value that cannot be interpreted.`);
  }

  /** A list separated by `;`, or by any character of `separators`. */
  getList(group: string, key: string, separators = ';'): string[] | undefined {
    const raw = this.#groups.get(group)?.get(key);
    return raw === undefined ? undefined : splitList(raw, separators);
  }

  set(group: string, key: string, value: string): void {
    this.#group(group).set(key, escape(value));
  }

  setBoolean(group: string, key: string, value: boolean): void {
    this.#group(group).set(key, String(value));
  }

  setList(group: string, key: string, values: readonly string[]): void {
    this.#group(group).set(key, values.map((v) => `${escapeItem(v)};`).join(''));
  }

  /** Removes a key; tells whether it was there. */
  delete(group: string, key: string): boolean {
    return this.#groups.get(group)?.delete(key) ?? false;
  }

  /** Removes a group; tells whether it was there. */
  deleteGroup(group: string): boolean {
    return this.#groups.delete(group);
  }

  /** Adds a group of another file as it is there, replacing one of that name. */
  copyGroup(from: KeyFile, group: string): void {
    this.#groups.set(group, new Map(from.#groups.get(group)));
  }

  /** The canonical text. */
  serialize(): string {
    const groups = [...this.#groups].map(
      ([name, keys]) => `[${name}]\n${[...keys].map(([k, v]) => `${k}=${v}\n`).join('')}`,
    );
    return groups.join('\n');
  }

  /** An independent copy. */
  clone(): KeyFile {
    return KeyFile.parse(this.serialize());
  }
}
