import { formatPullStatus, pull } from '@ost/fetch';
import type { PullFunction } from '@ost/sysroot';
import { remoteVerifier } from '@ost/trust';
import type { CommandContext } from '../context.js';
import { collectAlone, keepHeapSmall } from './collector.js';
import { smallDeltaApplier } from './delta-applier.js';
import { PullReporter } from './pull-progress.js';

/** How upgrades fetch. */
export function pullForSystem({ io, out }: CommandContext): PullFunction {
  return async ({ repo, remote, refs, timestampCheckFrom }) => {
    const reporter = new PullReporter(out);
    try {
      const result = await pull(repo, remote, {
        refs,
        ...(timestampCheckFrom === undefined ? {} : { timestampCheckFromRev: timestampCheckFrom }),
        verifier: remoteVerifier(repo, { env: io.env }),
        deltas: smallDeltaApplier,
        // Whatever `core.fsync` says, deployments end with a flush.
        writeBehind: true,
        signal: io.signal,
        onProgress: (event) => {
          if (event.type === 'resolved') {
            collectAlone();
            keepHeapSmall();
          }
          reporter.event(event);
        },
      });
      reporter.finish(formatPullStatus(result));
    } finally {
      reporter.clear();
    }
  };
}
