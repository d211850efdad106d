import { byteswap, printVariant, type Variant } from '@ost/gvariant';
import {
  collectionMap,
  formatSize,
  metadataValue,
  type Metadata,
  parseRepoMode,
  type Summary,
  type SummaryRef,
} from '@ost/objects';
import type { Output } from '../output.js';
import { formatLocal } from './dates.js';
import { variantJson } from './variant-json.js';

const titles: Readonly<Record<string, string>> = {
  'ostree.summary.mode': 'Repository Mode',
  'ostree.summary.last-modified': 'Last-Modified',
  'ostree.summary.expires': 'Expires',
  'ostree.summary.tombstone-commits': 'Has Tombstone Commits',
  'ostree.summary.collection-id': 'Collection ID',
  'ostree.summary.collection-map': 'Collection Map',
  'ostree.static-deltas': 'Static Deltas',
  'ostree.commit.timestamp': 'Timestamp',
  'ostree.commit.version': 'Version',
};

/** A stored time, which is big-endian whatever the byte order of the file. */
function time(value: bigint): bigint {
  return byteswap('t', value);
}

function isTime(key: string, { type }: Variant): boolean {
  return type === 't' && /\.(?:timestamp|last-modified|expires)$/.test(key);
}

function valueText(key: string, variant: Variant): string {
  const { type, value } = variant;
  if (isTime(key, variant)) return formatLocal(time(value as bigint));
  if (key === 'ostree.summary.collection-map') return '(printed above)';
  if (key === 'ostree.summary.tombstone-commits' && type === 'b') return value === true ? 'Yes' : 'No';
  if (key === 'ostree.summary.mode' && type === 's') return modeText(value as string);
  if (key in titles && type === 's') return value as string;
  return printVariant<string>(type, value, { annotate: false });
}

function modeText(mode: string): string {
  try {
    parseRepoMode(mode);
    return mode;
  } catch {
    return `Invalid (‘${mode}’)`;
  }
}

function entryText(key: string, variant: Variant): string {
  const title = titles[key];
  return `${title === undefined ? key : `${title} (${key})`}: ${valueText(key, variant)}`;
}

function printRef(out: Output, collection: string | undefined, ref: SummaryRef): void {
  out.line(collection === undefined ? `* ${ref.name}` : `* (${collection}, ${ref.name})`);
  out.line(`    Latest Commit (${formatSize(Number(ref.size))}):`);
  out.line(`      ${ref.checksum}`);
  for (const [key, value] of ref.metadata) out.line(`    ${entryText(key, value)}`);
  out.line();
}

/** A summary as `summary -v` prints it (repository format, "Summary"). */
export function printSummary(out: Output, summary: Summary): void {
  const collection = metadataValue(summary.metadata, 'ostree.summary.collection-id', 's');
  for (const ref of summary.refs) printRef(out, collection, ref);
  for (const [id, refs] of collectionMap(summary)) for (const ref of refs) printRef(out, id, ref);
  for (const [key, value] of summary.metadata) out.line(entryText(key, value));
}

/** A value of a summary's dictionaries in JSON: times in seconds, all else as {@link variantJson} has it. */
export function summaryValue(key: string, variant: Variant): unknown {
  return isTime(key, variant) ? time(variant.value as bigint) : variantJson(variant);
}

function entriesJson(metadata: Metadata): Record<string, unknown> {
  return Object.fromEntries(
    metadata
      .filter(([key]) => key !== 'ostree.summary.collection-map')
      .map(([key, value]) => [key, summaryValue(key, value)]),
  );
}

function refJson(collection: string | null, ref: SummaryRef): Record<string, unknown> {
  const { name, checksum, size } = ref;
  return { collection, name, checksum, size, metadata: entriesJson(ref.metadata) };
}

/** A summary with the fields that `summary --json` documents. */
export function summaryJson(summary: Summary): Record<string, unknown> {
  const own = metadataValue(summary.metadata, 'ostree.summary.collection-id', 's') ?? null;
  const foreign = collectionMap(summary).flatMap(([id, refs]) => refs.map((ref) => refJson(id, ref)));
  return {
    refs: [...summary.refs.map((ref) => refJson(own, ref)), ...foreign],
    metadata: entriesJson(summary.metadata),
  };
}
