import { describe, expect, it } from 'vitest';
import { openRepo, strerror } from '@ost/repo';
import { runCommand } from './support/commands.mjs';
import { experiments, type Prepare } from './support/experiments.js';
import { diskFull, type Failure, readOnly, refused, runFailing } from './support/failing-system.js';
import { recovers } from './support/recovery.js';
import { assertSound } from './support/repos.js';

/** Has the system fail at the command's first, second, ... change that the failure concerns, until there is none. */
async function atEveryStep(prepare: Prepare, failure: Failure): Promise<void> {
  for (let at = 1; ; at++) {
    const experiment = await prepare();
    const outcome = await runFailing(at, failure, () => runCommand(experiment.repo, experiment.command));
    try {
      if (outcome === 'over' || outcome === 'ignored') {
        await experiment.check(true);
        await assertSound(await openRepo(experiment.repo));
      } else {
        expect(strerror(outcome.error)).toContain(failure.text);
        await recovers(experiment, at % 5 === 0);
      }
    } catch (error) {
      throw new Error(`at step ${at}: ${(error as Error).message}`, { cause: error });
    }
    if (outcome === 'over') return;
  }
}

describe.each([
  ['a disk that is full', diskFull],
  ['a file system that becomes read-only', readOnly],
  ['a change that is refused', refused],
])('%s', (_name, failure) => {
  it.each(experiments)('during %s', (_what, prepare) => atEveryStep(prepare, failure));
});
