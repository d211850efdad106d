import { applyDelta, envelopeMetadata, parseSuperblock } from '@ost/deltas';
import type { DeltaApplier } from '@ost/fetch';
import { nodeHash } from '@ost/repo';
import { deltaStore } from './delta-store.js';
import { partWorkers } from './delta-tasks.js';

/** What makes a pull understand static deltas. */
export const deltaApplier: DeltaApplier = {
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
          { hash: nodeHash, signal, workers: partWorkers(transaction), ownParts: true },
        );
        return { applied, skipped };
      },
    };
  },
};
