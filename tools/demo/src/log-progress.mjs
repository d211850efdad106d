/** Shows the last line of a growing log while something runs that cannot show progress itself. */
import { existsSync, readFileSync } from 'node:fs';

const TERMINAL_MS = 500;
const PLAIN_MS = 15_000;

/** @param {string} log */
function lastLine(log) {
  if (!existsSync(log)) return '';
  return (
    readFileSync(log, 'utf8')
      .trimEnd()
      .split(/[\r\n]/)
      .at(-1) ?? ''
  );
}

/**
 * @template T
 * @param {string} log
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export async function showLog(log, work) {
  const { isTTY, columns } = process.stdout;
  const from = performance.now();
  const timer = setInterval(
    () => {
      const seconds = Math.round((performance.now() - from) / 1000);
      // A log may name the machine's mirror; only what is done is of interest.
      const text = `    ${seconds} s: ${lastLine(log)
        .replace(/\w+:\/\/\S+/g, '…')
        .replace(/[^\x20-\x7e…]/g, '')}`;
      if (isTTY) process.stdout.write(`\r\u001b[K${text.slice(0, columns - 1)}`);
      else console.log(text);
    },
    isTTY ? TERMINAL_MS : PLAIN_MS,
  );
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (isTTY) process.stdout.write('\r\u001b[K');
  }
}
