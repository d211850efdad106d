/** Quotes a text for a POSIX shell with single quotes, as GLib's `g_shell_quote` does. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
