/**
 * Something worth telling the user. `text` is the line that libostree's command line prints; the other members are
 * the facts in it.
 */
export type SysrootMessage =
  | { type: 'etc-merge'; text: string; modified: number; removed: number; added: number }
  | { type: 'etc-ignored'; text: string; path: string }
  | { type: 'relabel-var'; text: string; os: string }
  | {
      type: 'deployments-written';
      text: string;
      bootloader: string;
      /** What `sysroot.bootloader` is. */
      bootloaderSetting: string;
      atomic: boolean;
      bootSwap: boolean;
      bootversion: number;
      subbootversion: number;
      deployments: number;
      change: number;
    }
  | { type: 'boot-space'; text: string; prune: boolean }
  | { type: 'freed'; text: string; bytes: number }
  | { type: 'waiting-for-lock'; text: string }
  | { type: 'finalizing'; text: string; os: string; checksum: string; serial: number }
  | { type: 'not-finalizing'; text: string }
  | { type: 'ref-deleted'; text: string; refspec: string }
  | { type: 'freeze-watchdog'; text: string };

/** Receives messages; see {@link SysrootMessage}. */
export type OnMessage = (message: SysrootMessage) => void;

/** How far a long step is: files that were checked out so far; or objects are being looked for that nothing needs. */
export type SysrootProgress = { readonly step: 'checkout'; readonly files: number } | { readonly step: 'prune' };

/** Receives progress, and null when a step is over; see {@link SysrootProgress}. */
export type OnProgress = (progress: SysrootProgress | null) => void;
