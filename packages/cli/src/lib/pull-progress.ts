import type { PullEvent, PullProgress } from '@ost/fetch';
import { formatSize } from '@ost/objects';
import type { Output } from '../output.js';
import { ProgressLine } from '../progress.js';

function remaining(seconds: number): string {
  const units = [
    ['days', Math.floor(seconds / 86_400)],
    ['hours', Math.floor(seconds / 3600) % 24],
    ['minutes', Math.floor(seconds / 60) % 60],
    ['seconds', Math.floor(seconds) % 60],
  ] as const;
  const first = units.findIndex(([name, value]) => value > 0 || name === 'seconds');
  return units
    .slice(first)
    .map(([name, value]) => `${value} ${name}`)
    .join(' ');
}

/** The line that says how far a pull is. */
export function progressText(progress: PullProgress, seconds: number): string {
  const {
    bytesTransferred: bytes,
    bytesExpected: expected,
    deltaParts,
    deltaPartsDone,
    deltaBytes,
    deltaBytesDone,
  } = progress;
  const rate = seconds < 1 ? 0 : Math.floor(bytes / seconds);
  const speed = rate === 0 ? '-' : `${formatSize(rate)}/s`;
  if (deltaPartsDone < deltaParts) {
    const line = `Receiving delta parts: ${deltaPartsDone}/${deltaParts} ${formatSize(deltaBytesDone)}/${formatSize(deltaBytes)}`;
    return rate === 0 ? line : `${line} ${speed} ${remaining((deltaBytes - deltaBytesDone) / rate)} remaining`;
  }
  if (expected !== null && bytes < expected) {
    const line = `Receiving objects: ${Math.floor((bytes * 100) / expected)}% ${formatSize(bytes)}/${formatSize(expected)}`;
    return rate === 0 ? line : `${line} ${speed} ${remaining((expected - bytes) / rate)} remaining`;
  }
  const metadata = `${progress.metadataFetched}/(estimating)`;
  if (progress.scanning) return `Receiving metadata objects: ${metadata} ${speed} ${formatSize(bytes)}`;
  const total = progress.metadataRequested + progress.contentRequested;
  const done = progress.metadataFetched + progress.contentFetched;
  const percent = total === 0 ? 100 : Math.floor((done * 100) / total);
  return `Receiving objects: ${percent}% (${done}/${total}) ${speed} ${formatSize(bytes)}`;
}

/** Shows a pull on a terminal. */
export class PullReporter {
  readonly #line: ProgressLine;
  readonly #started = performance.now();

  /** @param interval milliseconds between two states, if not as usual */
  constructor(
    private readonly out: Output,
    interval?: number,
  ) {
    this.#line = new ProgressLine(out, interval);
  }

  event(event: PullEvent): void {
    if (!this.out.isTTY) return;
    if (event.type === 'progress') {
      this.#line.show(progressText(event.progress, (performance.now() - this.#started) / 1000));
    } else if (event.type === 'signature') {
      this.#line.clear();
      const count = event.lines.length;
      this.out.line();
      const what = event.mechanism === 'gpg' ? 'GPG: Verification' : 'Signature verification';
      this.out.line(`${what} enabled, found ${count} signature${count === 1 ? '' : 's'}:`);
      for (const text of event.lines) {
        this.out.line();
        this.out.text(text.replace(/^(?=.)/gm, '  '));
      }
      this.out.flush();
    }
  }

  /** Takes the progress away after a failure. */
  clear(): void {
    this.#line.clear();
  }

  finish(text: string): void {
    this.#line.finish(text);
  }
}
