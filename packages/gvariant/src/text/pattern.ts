/*
 * A pattern is what is known of a type before it is decided: a type string in which `*` stands for any type, `N` for
 * any number, `S` for any text, and `M` for any number of `m` in front of what follows.
 */

/** The pattern that fits whatever fits both, or null if nothing does. */
export function unify(left: string, right: string): string | null {
  let result = '';
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    if (left.charAt(i) === right.charAt(j)) {
      result += left.charAt(i++);
      j++;
      continue;
    }
    const forward = step(left, i, right, j);
    const taken = forward ?? step(right, j, left, i);
    if (taken === null) return null;
    result += taken.output;
    i += forward === null ? taken.other : taken.open;
    j += forward === null ? taken.open : taken.other;
  }
  return i === left.length && j === right.length ? result : null;
}

/** The type that a pattern means if nothing else decides: no maybe, `i` for a number, `s` for a text; null for any type. */
export function settle(pattern: string): string | null {
  if (pattern.includes('*')) return null;
  return pattern.replaceAll('M', '').replaceAll('S', 's').replaceAll('N', 'i');
}

/** Resolves the open part at `open[i]` by what `other` has at `j`: what to write, and how far both go on. */
function step(
  open: string,
  i: number,
  other: string,
  j: number,
): { output: string; open: number; other: number } | null {
  const char = other.charAt(j);
  switch (open.charAt(i)) {
    case '*': {
      if (char === ')') return null;
      const output = other.slice(j, patternEnd(other, j));
      return { output, open: 1, other: output.length };
    }
    case 'M':
      // `*` takes the M over with what follows it.
      if (char === '*') return null;
      return char === 'm' ? { output: 'm', open: 0, other: 1 } : { output: '', open: 1, other: 0 };
    case 'N':
      return 'ynqiuxthd'.includes(char) ? { output: char, open: 1, other: 1 } : null;
    case 'S':
      return 'sog'.includes(char) ? { output: char, open: 1, other: 1 } : null;
    default:
      return null;
  }
}

/** The end of the one complete pattern at `start`. */
function patternEnd(pattern: string, start: number): number {
  let end = start;
  while ('amM'.includes(pattern.charAt(end))) end++;
  let open = 0;
  do {
    const char = pattern.charAt(end++);
    if (char === '(' || char === '{') open++;
    else if (char === ')' || char === '}') open--;
  } while (open > 0 && end < pattern.length);
  return end;
}
