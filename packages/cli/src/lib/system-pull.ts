import { formatPullStatus, pull } from '@ost/fetch';
import type { PullFunction } from '@ost/sysroot';
import { remoteVerifier } from '@ost/trust';
import type { CommandContext } from '../context.js';
import { deltaApplier } from './delta-applier.js';
import { beginPull } from './pull-progress.js';

/** How upgrades fetch. */
export function pullForSystem({ io, out }: CommandContext): PullFunction {
  return async ({ repo, remote, refs, timestampCheckFrom }) => {
    const reporter = beginPull(out);
    try {
      const result = await pull(repo, remote, {
        refs,
        ...(timestampCheckFrom === undefined ? {} : { timestampCheckFromRev: timestampCheckFrom }),
        verifier: remoteVerifier(repo, { env: io.env }),
        deltas: deltaApplier,
        signal: io.signal,
        onProgress: (event) => reporter.event(event),
      });
      reporter.finish(formatPullStatus(result));
    } finally {
      reporter.clear();
    }
  };
}
