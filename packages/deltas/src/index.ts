export { applyDelta, expectPair } from './apply/apply.js';
export { runApplyPartJob } from './apply/part-workers.js';
export { applyPart, readPart } from './apply/part.js';
export { bsdiff, bsdiffMemory } from './bsdiff/diff.js';
export { compileDelta } from './compile/compile.js';
export { forecastDelta } from './compile/forecast.js';
export { runDeltaJob } from './compile/work.js';
export { deltaTotals, describePart } from './describe.js';
export { parseDeltaIndex, parseKnownDeltas } from './format/delta-index.js';
export { envelopeMetadata, parseEnvelope } from './format/envelope.js';
export { OPCODES, OperationReader } from './format/operations.js';
export { parsePayload } from './format/payload.js';
export { parseSuperblock } from './format/superblock.js';
export { DELTA_LIMITS } from './limits.js';
export { applyOffline } from './repository/apply-offline.js';
export { listDeltaIndexes, listDeltas } from './repository/list.js';
export { openDelta } from './repository/open-delta.js';
export { writeDelta } from './repository/write-delta.js';
export { chooseXzBackend, decodeXz, XZ_BACKENDS } from './xz/backend.js';
export { encodeXz, XZ_ENCODERS } from './xz/encoder.js';
export { xzEncodeMemory } from './xz/presets.js';

export type { ApplyDeltaOptions, ApplyDeltaResult, DeltaProgress } from './apply/apply.js';
export type { PartStats } from './apply/execute.js';
export type { ApplyPartJob, PartWorkers } from './apply/part-workers.js';
export type { FetchPart } from './apply/part.js';
export type { ReadPartOptions } from './apply/unpack.js';
export type { DeltaOutput } from './compile/compile.js';
export type { DeltaForecast } from './compile/forecast.js';
export type { DeltaFile, DeltaObjects } from './compile/objects.js';
export type { CompiledDelta, CompileEvent, CompileOptions, CompileStats } from './compile/options.js';
export type { DeltaJob, DeltaJobResult, DeltaWorkers } from './compile/work.js';
export type { DeltaTotals, OperationCounts, PartDescription } from './describe.js';
export type { DeltaByteOrder } from './format/byte-order.js';
export type { KnownDelta } from './format/delta-index.js';
export type { SignedEnvelope } from './format/envelope.js';
export type { DeltaObject, ObjectList } from './format/object-list.js';
export type { IsMetadata } from './format/operations.js';
export type { FileMode, PartPayload } from './format/payload.js';
export type { PayloadBytes } from './format/payload-bytes.js';
export type { Fallback, InlinePart, ParseSuperblockOptions, PartHeader, Superblock } from './format/superblock.js';
export type { DeltaLimits } from './limits.js';
export type { StoredDelta } from './repository/list.js';
export type { DeltaFiles, OpenDeltaOptions } from './repository/open-delta.js';
export type { DeltaDestination } from './repository/write-delta.js';
export type {
  Awaitable,
  CommitDeltaStore,
  DeltaObjectType,
  DeltaSource,
  DeltaStore,
  FileSink,
  ScratchFile,
} from './store.js';
export type { DecodeXzOptions, XzBackend, XzDecodeOptions } from './xz/backend.js';
export type { EncodeXzOptions, XzEncoder, XzEncodeSettings } from './xz/encoder.js';
