import { OstError } from '@ost/objects';
import { findingObject, fsck, type FsckEvent, type FsckResult } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { TaskProgress } from '../lib/task-progress.js';
import type { Output } from '../output.js';

/** Prints what happens as it happens. */
class Reporter {
  #lastProgress = 0;
  #bar: TaskProgress | null = null;

  constructor(
    private readonly out: Output,
    private readonly err: Output,
    private readonly quiet: boolean,
  ) {}

  #note(text: string): void {
    if (this.quiet) return;
    this.out.line(text);
    this.out.flush();
  }

  #problem(text: string): void {
    this.clear();
    this.out.flush();
    this.err.line(text);
    this.err.flush();
  }

  /** Takes the bar away. */
  clear(): void {
    this.#bar?.clear();
  }

  event(event: FsckEvent): void {
    switch (event.type) {
      case 'phase':
        this.#note(phases[event.phase]);
        break;
      case 'verifying':
        this.#bar = new TaskProgress(this.out);
        this.#note(`Verifying content integrity of ${event.commits} commit objects...`);
        break;
      case 'progress':
        this.#progress(event.done, event.total);
        break;
      case 'finding': {
        const object = findingObject(event.finding);
        const where = event.commits.length === 0 ? '' : ` in commits ${event.commits.join(', ')}`;
        if (event.finding.problem === 'missing') this.#problem(`Object missing${where}: ${object}`);
        else if (event.commits.length === 0) this.#problem(event.finding.message);
        else this.#problem(`In commits ${event.commits.join(', ')}: ${event.finding.message}`);
        break;
      }
      case 'marked-partial':
        this.#problem(`Marking commit as partial: ${event.commit}`);
        break;
      case 'tombstone':
        this.out.line(`Adding tombstone for commit ${event.commit}`);
    }
  }

  /** A bar on a terminal; elsewhere a line, at most once a second, and at the end. */
  #progress(done: number, total: number): void {
    if (this.out.isTTY && done < total) {
      this.#bar?.show({ unit: 'objects', done, total });
      return;
    }
    this.clear();
    const now = Date.now();
    if (done < total && now - this.#lastProgress < 1000) return;
    this.#lastProgress = now;
    this.out.line(`fsck objects (${done}/${total}) ${total === 0 ? 100 : Math.floor((done * 100) / total)}%`);
  }
}

const phases = {
  refs: 'Validating refs...',
  'collection-refs': 'Validating refs in collections...',
  commits: 'Enumerating commits...',
} as const;

function conclude({ out, args }: CommandContext, result: FsckResult): void {
  if (result.resumed > 0 && !args.flag('quiet'))
    out.line(`${result.resumed} objects were found good by the check before`);
  if (!args.flag('add-tombstones') && result.partial > 0) out.line(`${result.partial} partial commits not verified`);
  if (result.corrupt) throw new OstError('corrupt', 'Repository corruption encountered');
  if (result.partialFromFsck > 0) {
    throw new OstError('corrupt', `${result.partialFromFsck} partial commits from fsck-detected corruption`);
  }
  out.line(`object fsck of ${result.commits} commits completed successfully - no errors found.`);
}

/** `fsck`. */
export async function run(context: CommandContext): Promise<number> {
  const { args, io, out, err } = context;
  const repo = await openCommandRepo(context);
  const reporter = new Reporter(out, err, args.flag('quiet'));
  const checked = fsck(repo, {
    all: args.flag('all'),
    delete: args.flag('delete'),
    verifyBindings: args.flag('verify-bindings'),
    verifyBackRefs: args.flag('verify-back-refs'),
    addTombstones: args.flag('add-tombstones'),
    resume: args.flag('resume'),
    signal: io.signal,
    onEvent: (event) => {
      if (!args.flag('json')) reporter.event(event);
    },
  });
  const result = await checked.finally(() => reporter.clear());
  if (!args.flag('json')) {
    conclude(context, result);
    return 0;
  }
  out.json(result);
  return result.corrupt || result.partialFromFsck > 0 ? 1 : 0;
}
