import {
  assertCollectionId,
  assertRefName,
  type Checksum,
  isChecksum,
  isOstError,
  LIMITS,
  OstError,
  toChecksum,
} from '@ost/objects';
import type { RemoteConfig } from '../remote/remote-config.js';
import { FileSource } from '../source/file-source.js';
import { getWhole } from '../source/helpers.js';
import type { Source } from '../source/source.js';
import type { RemoteSummary } from '../summary/remote-summary.js';
import type { CollectionRef, PullOptions } from './options.js';

/** What was asked for: a ref, maybe at a commit, or a bare commit. */
export interface Request {
  /** Null for a bare commit. */
  readonly ref: string | null;
  /** Collection that the ref was asked for in; null for the remote's own. */
  readonly collectionId: string | null;
  /** Null when the remote decides. */
  readonly commit: Checksum | null;
}

/** A request and the commit that it came to. */
export interface Wanted extends Request {
  /** Collection that the ref belongs to; null when it has none. */
  readonly collectionId: string | null;
  /** Collection that the commit has to be bound to; null for what the remote is configured with. */
  readonly boundTo: string | null;
  readonly commit: Checksum;
  /** Size of the commit object as the summary has it. */
  readonly commitSize: number | null;
}

/** A list of requests, or all refs of the summary. */
export type Requests = readonly Request[] | 'all';

/**
 * What a pull is to fetch (transfer format, "Which refs").
 * @throws OstError `invalid-name`, or `config` when the remote has no branches either
 */
export function parseRequests(remote: RemoteConfig, options: PullOptions): Requests {
  const named = [...(options.refs ?? []).map(parseRequest), ...(options.collectionRefs ?? []).map(checkRequest)];
  if (named.length > 0) return unique(named);
  if (remote.branches.length > 0) return unique(remote.branches.map(parseRequest));
  if (options.mirror === true) return 'all';
  throw new OstError('config', `No configured branches for remote ${remote.name}`, { data: { remote: remote.name } });
}

function parseRequest(text: string): Request {
  if (isChecksum(text)) return { ref: null, collectionId: null, commit: text };
  const at = text.lastIndexOf('@');
  const ref = at === -1 ? text : text.slice(0, at);
  const commit = at === -1 ? null : toChecksum(text.slice(at + 1));
  assertRefName(ref);
  return { ref, collectionId: null, commit };
}

function checkRequest({ collectionId, name, commit }: CollectionRef): Request {
  assertCollectionId(collectionId);
  assertRefName(name);
  return { ref: name, collectionId, commit: commit ?? null };
}

/** A ref that is named several times is pulled as named last. */
function unique(requests: readonly Request[]): Request[] {
  const key = ({ ref, collectionId, commit }: Request): string => `${collectionId ?? ''}:${ref ?? commit}`;
  return [...new Map(requests.map((request) => [key(request), request])).values()];
}

/** True when the summary is needed to know the commits. */
export function needsSummary(requests: Requests): boolean {
  return requests === 'all' || requests.some((request) => request.commit === null);
}

/** Finds the commit of each request, from the summary, or without one from ref files (transfer format, "Resolve refs"). */
export async function resolveRequests(
  requests: Requests,
  summary: RemoteSummary | null,
  source: Source,
): Promise<Wanted[]> {
  if (requests === 'all') {
    return (summary?.list() ?? []).map(({ name, collectionId, commit, commitSize }) => ({
      ref: name,
      collectionId,
      boundTo: collectionId,
      commit,
      commitSize,
    }));
  }
  return Promise.all(requests.map((request) => resolve(request, summary, source)));
}

async function resolve(request: Request, summary: RemoteSummary | null, source: Source): Promise<Wanted> {
  const { ref, collectionId, commit } = request;
  const boundTo = collectionId;
  if (commit !== null || ref === null) return { ...request, boundTo, commit: commit as Checksum, commitSize: null };
  if (summary !== null) {
    const found = summary.find(ref, collectionId);
    const { commitSize } = found;
    return {
      ...request,
      boundTo,
      collectionId: collectionId ?? summary.collectionId,
      commit: found.commit,
      commitSize,
    };
  }
  const path = collectionId === null ? `refs/heads/${ref}` : `refs/mirrors/${collectionId}/${ref}`;
  try {
    const bytes = await getWhole(source, path, LIMITS.metadataObject);
    return { ...request, boundTo, commit: parseRefFile(bytes), commitSize: null };
  } catch (error) {
    if (!isOstError(error)) throw error;
    if (source instanceof FileSource && error.code === 'not-found') {
      throw new OstError('not-found', `Refspec '${ref}' not found`, { cause: error });
    }
    throw error.withPrefix(`Fetching checksum for ref (${collectionId ?? '(empty)'}, ${ref}): `);
  }
}

function parseRefFile(bytes: Uint8Array): Checksum {
  const text = Buffer.from(bytes).toString('utf8').trimEnd();
  if (isChecksum(text)) return text;
  // A server that answers with a web page should not fill the screen.
  throw new OstError('invalid-name', `Invalid rev ${text.replaceAll('\n', ' ').slice(0, 64)}`);
}
