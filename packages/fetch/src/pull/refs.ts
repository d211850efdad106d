import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Checksum } from '@ost/objects';
import { type RefLocation, replaceFile, type Repo, type Transaction } from '@ost/repo';
import type { SummaryFiles } from '../summary/load.js';
import type { PulledRef } from './options.js';
import type { Wanted } from './wanted.js';

/** Where pulled refs go. */
export interface RefPlan {
  readonly repo: Repo;
  /** Remote whose refs they become; null for local ones. */
  readonly remote: string | null;
  readonly mirror: boolean;
}

/** The ref that a wanted ref is stored as (transfer format, "Finish"). */
export function refLocation(plan: RefPlan, name: string, collectionId: string | null): RefLocation {
  if (!plan.mirror) return { name, remote: plan.remote };
  const foreign = collectionId !== null && collectionId !== plan.repo.config.collectionId;
  return foreign ? { name, collection: collectionId } : { name };
}

/** The commit that a wanted ref has here before the pull: as the remote's ref, or under its own name. */
export function currentCommit(plan: RefPlan, name: string, collectionId: string | null): Checksum | null {
  const { repo } = plan;
  return repo.readRef(refLocation(plan, name, collectionId)) ?? repo.resolveIfPresent(name);
}

/** Moves the refs when the transaction is committed; those that are right stay untouched. */
export function moveRefs(plan: RefPlan, transaction: Transaction, wanted: readonly Wanted[]): PulledRef[] {
  return wanted.flatMap(({ ref, collectionId, commit }) => {
    if (ref === null) return [];
    const location = refLocation(plan, ref, collectionId);
    const previous = plan.repo.readRef(location);
    if (previous !== commit) transaction.setRef(location, commit);
    return [{ name: ref, collectionId, commit, previous }];
  });
}

/** Copies the summary into a mirror, byte for byte. */
export function copySummary(repo: Repo, files: SummaryFiles): void {
  const put = (name: string, bytes: Uint8Array | null, modified: Date | null): void => {
    const file = path.join(repo.path, name);
    if (bytes === null) {
      fs.rmSync(file, { force: true });
      return;
    }
    replaceFile(file, bytes, { sync: repo.config.fsync });
    if (modified !== null) fs.utimesSync(file, modified, modified);
  };
  put('summary', files.summary, files.summaryVersion.modified);
  put('summary.sig', files.signature, files.signatureVersion.modified);
}
