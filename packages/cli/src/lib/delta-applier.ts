import { applyDelta, type DeltaLimits, envelopeMetadata, parseSuperblock } from '@ost/deltas';
import type { DeltaApplier } from '@ost/fetch';
import { nodeHash } from '@ost/repo';
import { deltaStore } from './delta-store.js';
import { partWorkers } from './delta-tasks.js';

/** What makes a pull understand static deltas. */
export const deltaApplier: DeltaApplier = deltaApplierWithin({});

/** The same with less memory for parts that wait: a device can spare the time sooner. */
export const smallDeltaApplier: DeltaApplier = deltaApplierWithin({ aheadSize: 70_000_000 });

function deltaApplierWithin(limits: Partial<DeltaLimits>): DeltaApplier {
  return {
    open(bytes) {
      const superblock = parseSuperblock(bytes, { hash: nodeHash });
      const { from, to, envelope, commitBytes, detachedMetadata, parts, fallbacks, inlineParts } = superblock;
      return {
        from,
        to,
        signed: envelope === null ? null : { data: envelope.signedData, metadata: envelopeMetadata(envelope) },
        commit: commitBytes,
        detachedMetadata,
        parts: parts.map(({ size, usize, checksum }, i) => ({ size, usize, checksum, inline: inlineParts.has(i) })),
        fallbacks,
        async apply({ transaction, fetchPart, signal }) {
          const { applied, skipped } = await applyDelta(
            superblock,
            (index, _header, inner) => fetchPart(index, inner),
            deltaStore(transaction.writer),
            { hash: nodeHash, signal, workers: partWorkers(transaction), ownParts: true, limits },
          );
          return { applied, skipped };
        },
      };
    },
  };
}
