import { OstError } from '@ost/objects';

/** Something that works in some places only. */
export interface Candidate {
  /** Short name for messages and choices. */
  readonly name: string;
  /** Whether it can work here; asked once per process and candidate. */
  available(): boolean | Promise<boolean>;
}

const availability = new WeakMap<Candidate, Promise<boolean>>();

/** The first of `candidates` that works here. */
export async function chooseFirst<T extends Candidate>(candidates: readonly T[], what: string): Promise<T> {
  for (const candidate of candidates) {
    let answer = availability.get(candidate);
    if (answer === undefined) {
      answer = Promise.resolve(candidate.available());
      availability.set(candidate, answer);
    }
    if (await answer) return candidate;
  }
  throw new OstError('unsupported', `No xz ${what} is available`);
}
