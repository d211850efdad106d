import { kernelHasSelinux } from '../selinux/label-xattr.js';
import type { SelinuxPolicy } from '../selinux/policy.js';

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;

/** How a checkout labels files. */
export interface CheckoutLabels {
  /** Null labels nothing, and leaves the stored labels out all the same. */
  readonly policy: SelinuxPolicy | null;
  /** What the paths of the checked-out tree are looked up below. @default the subpath */
  readonly prefix?: string;
}

/** Gives the files of one checkout their labels (repository format, "SELinux, composefs"). */
export class CheckoutLabeler {
  readonly #everyKind: boolean = kernelHasSelinux();

  constructor(private readonly labels: Required<CheckoutLabels>) {}

  /**
   * The context of a new file; kinds other than regular files get one only from a kernel that knows labels.
   * @param where path in the checked-out tree
   */
  label(where: string, mode: number): string | null {
    const { policy, prefix } = this.labels;
    if (policy === null || ((mode & S_IFMT) !== S_IFREG && !this.#everyKind)) return null;
    return policy.label(prefix + where, mode);
  }
}
