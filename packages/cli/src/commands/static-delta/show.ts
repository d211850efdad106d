import { formatSize } from '@ost/objects';
import { deltaTotals, describePart, type FetchPart, openDelta, readPart, type Superblock } from '@ost/deltas';
import { type CommandContext, openCommandRepo, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { deltaDirectory } from '../../lib/delta-name.js';

function total(label: string, { size, usize }: { size: number; usize: number }): string[] {
  const amount = (bytes: number): string => `${bytes} (${formatSize(bytes)})`;
  return [`Total ${label}Size: ${amount(size)}`, `Total ${label}Uncompressed Size: ${amount(usize)}`];
}

/** `static-delta show DELTA`, by name or by the path of its superblock. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [name] = args.positionals;
  const repo = await openCommandRepo(context);
  if (name === undefined) throw new UsageError('DELTA must be specified');
  const file = name.includes('/') ? resolvePath(context, name) : deltaDirectory(repo, name);
  const { superblock: delta, fetchPart } = await openDelta(file);
  if (args.flag('json')) {
    out.json(await deltaJson(name, delta, fetchPart));
    return;
  }
  const totals = deltaTotals(delta);
  out.line(`Delta: ${name}`);
  out.line(`Signed: ${delta.envelope === null ? 'no' : 'yes'}`);
  out.line(delta.from === null ? 'From <scratch>' : `From: ${delta.from}`);
  out.line(`To: ${delta.to}`);
  out.line(`Endianness: ${delta.byteOrder.order}${delta.byteOrder.heuristic ? ' (heuristic)' : ''}`);
  out.line(`Timestamp: ${delta.timestamp}`);
  out.line(`Number of parents: ${delta.parents}`);
  out.line(`Number of fallback entries: ${delta.fallbacks.length}`);
  for (const fallback of delta.fallbacks) out.line(`  ${fallback.checksum}`);
  for (const line of total('Fallback ', totals.fallbacks)) out.line(line);
  out.line(`Number of parts: ${delta.parts.length}`);
  for (const [i, header] of delta.parts.entries()) {
    out.line(`PartMeta${i}: nobjects=${header.objects.length} size=${header.size} usize=${header.usize}`);
    const part = describePart(await readPart(delta, i, fetchPart), header);
    const { modes, xattrs, blobSize, operationsSize, operations } = part;
    out.line(`PartPayload${i}: nmodes=${modes} nxattrs=${xattrs} blobsize=${blobSize} opsize=${operationsSize}`);
    const counts = Object.entries(operations).map(([operation, count]) => `${operation}=${count}`);
    out.line(`PartPayloadOps${i}: ${counts.join(' ')}`);
  }
  for (const line of total('Part ', totals.parts)) out.line(line);
  for (const line of total('', totals)) out.line(line);
}

async function deltaJson(name: string, delta: Superblock, fetchPart: FetchPart): Promise<Record<string, unknown>> {
  const parts: Record<string, unknown>[] = [];
  for (const [i, header] of delta.parts.entries()) {
    const { checksum, size, usize, objects } = header;
    const payload = describePart(await readPart(delta, i, fetchPart), header);
    parts.push({ checksum, size, usize, objects: objects.length, inline: delta.inlineParts.has(i), ...payload });
  }
  return {
    name,
    from: delta.from,
    to: delta.to,
    signatures: [...(delta.envelope?.signatures.keys() ?? [])],
    byteOrder: delta.byteOrder,
    timestamp: delta.timestamp,
    parents: delta.parents,
    fallbacks: delta.fallbacks.map(({ checksum, size, usize }) => ({ checksum, size, usize })),
    parts,
    totals: deltaTotals(delta),
  };
}
