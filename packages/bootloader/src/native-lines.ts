/**
 * Joins the lines of a native configuration: every line gets its newline; an empty line is dropped when it is the
 * first one or when there was an empty line before, anywhere.
 */
export function joinLines(lines: readonly string[]): string {
  let text = '';
  let sawEmpty = false;
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      if (index === 0 || sawEmpty) continue;
      sawEmpty = true;
    }
    text += `${line}\n`;
  }
  return text;
}
