import { describe, expect, it } from 'vitest';
import { runKilledProcess } from './support/child.js';
import { runCommand } from './support/commands.mjs';
import { experiments, flushedCommit, otherCommits, type Prepare } from './support/experiments.js';
import { recovers } from './support/recovery.js';
import { runKilled } from './support/simulated-kill.js';

/** Kills the command before its first, second, ... change of the file system until it comes to its end. */
async function atEveryStep(prepare: Prepare): Promise<void> {
  for (let at = 1; ; at++) {
    const experiment = await prepare();
    const steps = await runKilled(at, () => runCommand(experiment.repo, experiment.command));
    if (steps !== null) {
      expect(steps).toBeGreaterThan(1);
      await experiment.check(true);
      return;
    }
    try {
      await recovers(experiment);
    } catch (error) {
      throw new Error(`after step ${at}: ${(error as Error).message}`, { cause: error });
    }
  }
}

describe('a process that is killed', () => {
  it.each([...experiments, ...otherCommits])('during %s', (_name, prepare) => atEveryStep(prepare));

  it.each([3, 9, 18, 26, 34, 42])('for real, at step %i of a commit', async (at) => {
    const experiment = await flushedCommit();
    expect(runKilledProcess(experiment.repo, experiment.command, at)).toBe(false);
    await recovers(experiment);
  });
});
