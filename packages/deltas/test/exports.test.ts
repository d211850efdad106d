import * as deltas from '@ost/deltas';
import { expect, it } from 'vitest';

it('exports these values and no others', () => {
  expect(Object.keys(deltas).sort()).toEqual([
    'DELTA_LIMITS',
    'OPCODES',
    'OperationReader',
    'XZ_BACKENDS',
    'XZ_ENCODERS',
    'applyDelta',
    'applyOffline',
    'applyPart',
    'bsdiff',
    'bsdiffMemory',
    'chooseXzBackend',
    'compileDelta',
    'decodeXz',
    'deltaTotals',
    'describePart',
    'encodeXz',
    'envelopeMetadata',
    'expectPair',
    'forecastDelta',
    'listDeltaIndexes',
    'listDeltas',
    'openDelta',
    'parseDeltaIndex',
    'parseEnvelope',
    'parseKnownDeltas',
    'parsePayload',
    'parseSuperblock',
    'readPart',
    'runApplyPartJob',
    'runDeltaJob',
    'writeDelta',
    'xzEncodeMemory',
  ]);
});
