import { type RepoMode, assertCollectionId, OstError, parseRepoMode } from '@ost/objects';
import type { KeyFile } from './key-file.js';

/** How much space a transaction leaves free: a share of the file system, or a fixed size. */
export type FreeSpaceReserve = { readonly percent: number } | { readonly bytes: number; readonly text: string };

/** The `[core]` and `[archive]` keys that the store acts on, checked and with their defaults (repository format, "[core]"). */
export interface RepoConfig {
  readonly mode: RepoMode;
  readonly fsync: boolean;
  readonly perObjectFsync: boolean;
  readonly disableXattrs: boolean;
  readonly enableUncompressedCache: boolean;
  readonly tmpExpirySeconds: number;
  readonly locking: boolean;
  readonly lockTimeoutSeconds: number;
  readonly reserve: FreeSpaceReserve;
  readonly collectionId: string | null;
  readonly parent: string | null;
  readonly autoUpdateSummary: boolean;
  readonly tombstoneCommits: boolean;
  readonly noDeltasInSummary: boolean;
  readonly zlibLevel: number;
  /** Bytes from which content is shared between objects where the file system clones; null for never. */
  readonly payloadLinkThreshold: number | null;
  /** `ex-split-xattrs.write`: write to a repository of mode bare-split-xattrs, which libostree only reads. */
  readonly writeSplitXattrs: boolean;
  /** What the configuration demands of every new object and cannot be had here, as `GROUP.KEY=VALUE`; null for nothing. */
  readonly unmetDemand: string | null;
}

const bootloaders = ['auto', 'none', 'grub2', 'syslinux', 'uboot', 'zipl', 'aboot'];
const units: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

function integer(file: KeyFile, key: string, fallback: number): number {
  const text = file.get('core', key);
  if (text === undefined) return fallback;
  const value = Number.parseInt(text, 10);
  if (Number.isNaN(value)) throw new OstError('config', `Invalid ${key} '${text}': must be a number`);
  return value;
}

function freeSpaceReserve(file: KeyFile): FreeSpaceReserve {
  const size = file.get('core', 'min-free-space-size');
  const percent = file.get('core', 'min-free-space-percent');
  if (size !== undefined) {
    const match = /^([0-9]+)([GMT])B$/.exec(size);
    if (!match) {
      const what = `Invalid min-free-space-size '${size}': It should be of the format '123MB', '123GB' or '123TB'`;
      throw new OstError('config', what);
    }
    const bytes = Number(match[1]) * (units[match[2] as string] as number);
    if (!Number.isSafeInteger(bytes)) {
      throw new OstError('config', `Invalid min-free-space-size '${size}': Value was too high`);
    }
    if (bytes > 0) return { bytes, text: size };
  }
  if (percent !== undefined) {
    if (!/^[0-9]+$/.test(percent)) {
      throw new OstError('config', `Invalid min-free-space-percent '${percent}': must be a number`);
    }
    if (Number(percent) > 99) throw new OstError('config', `Invalid min-free-space-percent '${percent}'`);
    return { percent: Number(percent) };
  }
  return { percent: size === undefined ? 3 : 0 };
}

/** fs-verity that must be enabled on each new object, where `maybe` asks for as much as is possible. */
function unmetDemand(file: KeyFile): string | null {
  for (const [group, key] of [
    ['ex-integrity', 'fsverity'],
    ['ex-fsverity', 'required'],
  ] as const) {
    const value = file.get(group, key);
    if (value !== undefined && /^(yes|true|1)$/i.test(value)) return `${group}.${key}=${value}`;
  }
  return null;
}

function checkSysroot(file: KeyFile): void {
  const bootloader = file.get('sysroot', 'bootloader');
  if (bootloader !== undefined && !bootloaders.includes(bootloader)) {
    throw new OstError('config', `Invalid bootloader configuration: '${bootloader}'`);
  }
}

/**
 * Reads and checks a repository's configuration.
 * @throws OstError `config` or `unsupported` with libostree's text for every value that libostree refuses
 */
export function readRepoConfig(file: KeyFile): RepoConfig {
  const version = file.get('core', 'repo_version');
  if (version !== '1') throw new OstError('unsupported', `Invalid repository version '${version ?? ''}'`);
  if (file.getBoolean('core', 'archive') === true) {
    const what = 'This version of OSTree no longer supports "archive" repositories; use archive-z2 instead';
    throw new OstError('unsupported', what);
  }
  const collectionId = file.get('core', 'collection-id') ?? null;
  if (collectionId !== null) assertCollectionId(collectionId);
  checkSysroot(file);
  const threshold = integer(file, 'payload-link-threshold', -1);
  const level = Number.parseInt(file.get('archive', 'zlib-level') ?? '6', 10);
  const flag = (key: string, fallback: boolean): boolean => file.getBoolean('core', key) ?? fallback;
  return {
    mode: parseRepoMode(file.get('core', 'mode') ?? 'bare'),
    fsync: flag('fsync', true),
    perObjectFsync: flag('per-object-fsync', false),
    disableXattrs: flag('disable-xattrs', false),
    enableUncompressedCache: flag('enable-uncompressed-cache', true),
    tmpExpirySeconds: integer(file, 'tmp-expiry-secs', 86_400),
    locking: flag('locking', true),
    lockTimeoutSeconds: integer(file, 'lock-timeout-secs', 300),
    reserve: freeSpaceReserve(file),
    collectionId,
    parent: file.get('core', 'parent') ?? null,
    autoUpdateSummary: flag('auto-update-summary', flag('commit-update-summary', false)),
    tombstoneCommits: flag('tombstone-commits', false),
    noDeltasInSummary: flag('no-deltas-in-summary', false),
    payloadLinkThreshold: threshold < 0 ? null : threshold,
    writeSplitXattrs: file.getBoolean('ex-split-xattrs', 'write') ?? false,
    unmetDemand: unmetDemand(file),
    zlibLevel: Math.min(9, Math.max(1, Number.isNaN(level) ? 6 : level)),
  };
}
