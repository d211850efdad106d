import { formatSize } from '@ost/objects';
import type { Output } from '../output.js';
import { ProgressLine } from '../progress.js';

/** How far a task is. */
export interface TaskState {
  /** What is counted, in the plural. */
  readonly unit: string;
  readonly done: number;
  /** Null while nobody knows. */
  readonly total: number | null;
  /** Bytes of content that were handled, where they are known. */
  readonly bytes?: number;
}

const BAR = 20;
/** Before this many seconds nothing can be said of a rate. */
const SOON = 1;

function clock(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** The line that says how far a task is after `seconds`, how fast, and when it will be over. */
export function taskText({ unit, done, total, bytes }: TaskState, seconds: number): string {
  const rate = done / seconds;
  const known = seconds >= SOON && done > 0;
  const size = bytes === undefined ? [] : [formatSize(bytes)];
  const speed = bytes === undefined ? `${Math.round(rate)}/s` : `${formatSize(Math.round(bytes / seconds))}/s`;
  if (total === null) return [`${done} ${unit}`, ...size, ...(known ? [speed] : [])].join('  ');
  const share = total === 0 ? 1 : done / total;
  const bar = '#'.repeat(Math.floor(share * BAR)).padEnd(BAR, '-');
  const left = known ? [speed, `${clock((total - done) / rate)} left`] : [];
  return [`[${bar}] ${Math.floor(share * 100)}%`, `${done}/${total} ${unit}`, ...size, ...left].join('  ');
}

/** Shows on a terminal how far a task is; says nothing elsewhere. */
export class TaskProgress {
  readonly #line: ProgressLine;
  /** In seconds. What measures more exactly has to be loaded first. */
  readonly #started = process.uptime();

  constructor(private readonly out: Output) {
    this.#line = new ProgressLine(out);
  }

  /** Shows a state, unless the last one is too fresh. */
  show(state: TaskState): void {
    if (this.out.isTTY) this.#line.show(taskText(state, process.uptime() - this.#started));
  }

  /** Takes the line away. */
  clear(): void {
    this.#line.clear();
  }
}

/** Runs a task that tells how far it is. */
export async function withProgress<T>(out: Output, task: (show: (state: TaskState) => void) => Promise<T>): Promise<T> {
  const progress = new TaskProgress(out);
  try {
    return await task((state) => progress.show(state));
  } finally {
    progress.clear();
  }
}
