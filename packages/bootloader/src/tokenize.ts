/**
 * Splits a kernel command line at spaces. A double quote toggles quoting and stays in its token; only U+0020
 * separates. Several spaces in a row count as one separator.
 */
export function splitCommandLine(line: string): string[] {
  const tokens: string[] = [];
  let token = '';
  let quoted = false;
  for (const char of line) {
    if (char === ' ' && !quoted) {
      if (token !== '') tokens.push(token);
      token = '';
    } else {
      if (char === '"') quoted = !quoted;
      token += char;
    }
  }
  if (token !== '') tokens.push(token);
  return tokens;
}

/** One kernel argument; `value` is `null` for `quiet` and `''` for `quiet=`. */
export interface KernelArg {
  key: string;
  value: string | null;
}

/** Splits an argument at its first `=`. */
export function parseArg(token: string): KernelArg {
  const at = token.indexOf('=');
  return at < 0 ? { key: token, value: null } : { key: token.slice(0, at), value: token.slice(at + 1) };
}

/** The argument's text. */
export function formatArg(arg: KernelArg): string {
  return arg.value === null ? arg.key : `${arg.key}=${arg.value}`;
}
