import {
  type Checksum,
  collectionMap,
  deltaIndexPath,
  deltaPath,
  encodeCollectionMap,
  encodeSummary,
  formatDeltaName,
  hashOrder,
  metadataValue,
  parseCommit,
  parseDeltaName,
  parseDeltaPath,
  parseSummary,
  SUMMARY_KEYS,
} from '@ost/objects';
import { byteswap } from '@ost/gvariant';
import { describe, expect, it } from 'vitest';
import { base64, sha256, vectors } from './support.js';

interface SummaryVector {
  note: string;
  metadata: string[];
  refs: string[];
  checksum: string;
  object: string;
}

const { summaries, deltas } = vectors<{
  summaries: SummaryVector[];
  deltas: { names: string[]; paths: string[]; indexes: string[] };
}>('summaries');
const { commits } = vectors<{ commits: { checksum: Checksum; object: string }[] }>('commits');

const named = (note: string): SummaryVector => summaries.find((s) => s.note === note) as SummaryVector;

/** Main keys in the order in which a writer adds them to its dictionary. */
const INSERTED = [
  SUMMARY_KEYS.staticDeltas,
  SUMMARY_KEYS.lastModified,
  SUMMARY_KEYS.mode,
  SUMMARY_KEYS.tombstoneCommits,
  SUMMARY_KEYS.indexedDeltas,
  SUMMARY_KEYS.collectionId,
  SUMMARY_KEYS.collectionMap,
];

describe.each(summaries)('summary: $note', ({ metadata, refs, checksum, object }) => {
  const bytes = base64(object);
  const summary = parseSummary(bytes);

  it('encodes to the same bytes', () => {
    expect(sha256(bytes)).toBe(checksum);
    expect(encodeSummary(summary)).toEqual(bytes);
  });

  it('lists the refs with what their commits say', () => {
    expect(summary.refs.map((r) => r.name)).toEqual(refs);
    for (const ref of summary.refs) {
      const found = commits.find((c) => c.checksum === ref.checksum);
      if (found === undefined) continue;
      const commit = parseCommit(base64(found.object));
      expect(ref.size).toBe(BigInt(base64(found.object).length));
      expect(byteswap('t', metadataValue(ref.metadata, SUMMARY_KEYS.commitTimestamp, 't') ?? 0n)).toBe(
        commit.timestamp,
      );
      expect(metadataValue(ref.metadata, SUMMARY_KEYS.commitVersion, 's')).toBe(
        metadataValue(commit.metadata, 'version', 's'),
      );
    }
  });

  it('has its keys in hash order', () => {
    const present = new Set(summary.metadata.map(([key]) => key));
    const user = metadata.map((text) => text.slice(0, text.indexOf('=')));
    const inserted = [...user, ...INSERTED].filter((key) => present.has(key));
    expect(hashOrder(inserted.map((key) => [key, null])).map(([key]) => key)).toEqual([...present]);
  });

  it('says when and how it was made', () => {
    expect(byteswap('t', metadataValue(summary.metadata, SUMMARY_KEYS.lastModified, 't') ?? 0n)).toBe(1700000500n);
    expect(metadataValue(summary.metadata, SUMMARY_KEYS.indexedDeltas, 'b')).toBe(true);
    expect(metadataValue(summary.metadata, SUMMARY_KEYS.tombstoneCommits, 'b')).toBe(false);
  });
});

describe('collection map', () => {
  it('is empty in other summaries', () => {
    expect(collectionMap(parseSummary(base64(named('a collection').object)))).toEqual([]);
  });

  it('lists foreign collections, and encodes to the same value', () => {
    const summary = parseSummary(base64(named('a collection map').object));
    const map = collectionMap(summary);
    expect(map.map(([id, refs]) => [id, refs.map((r) => r.name)])).toEqual([
      ['com.other.A', ['x']],
      ['org.other.Z', ['mirror/a', 'mirror/b']],
    ]);
    expect(encodeCollectionMap(map)).toEqual(summary.metadata.find(([key]) => key === SUMMARY_KEYS.collectionMap)?.[1]);
    expect(metadataValue(summary.metadata, SUMMARY_KEYS.collectionId, 's')).toBe('org.example.Own');
  });
});

describe('static deltas', () => {
  it('are listed by name', () => {
    const { metadata } = parseSummary(base64(named('static deltas').object));
    const names = metadataValue(metadata, SUMMARY_KEYS.staticDeltas, 'a{sv}')?.map(([name]) => name);
    expect(names?.toSorted()).toEqual(deltas.names);
  });

  it('lie where their names say', () => {
    const ends = deltas.names.map(parseDeltaName);
    expect(ends.map(({ from, to }) => formatDeltaName(from, to))).toEqual(deltas.names);
    expect(ends.map(({ from, to }) => deltaPath(from, to)).toSorted()).toEqual(deltas.paths);
    expect(deltas.paths.map((path) => parseDeltaPath(path))).toEqual(ends);
    expect(ends.map(({ to }) => deltaIndexPath(to)).toSorted()).toEqual(deltas.indexes);
  });
});
