import * as deltas from '@ost/deltas';
import { expect, it } from 'vitest';

it('exports these values and no others', () => {
  expect(Object.keys(deltas).sort()).toEqual([
    'DELTA_LIMITS',
    'OPCODES',
    'OperationReader',
    'XZ_BACKENDS',
    'applyDelta',
    'applyOffline',
    'applyPart',
    'chooseXzBackend',
    'compileDelta',
    'decodeXz',
    'deltaTotals',
    'describePart',
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
    'runDeltaJob',
    'writeDelta',
  ]);
});
