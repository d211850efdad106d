import { type BootloaderSetting, parseBootloaderSetting } from '@ost/bootloader';
import { OstError } from '@ost/objects';
import type { KeyFile } from '@ost/repo';

/** The `[sysroot]` group of the repository's configuration. */
export interface SysrootSettings {
  readonly bootloader: BootloaderSetting;
  /** Keys added to the boot entries of all but the default deployment. */
  readonly exceptDefault: readonly (readonly [string, string])[];
  /** Paths in boot entries begin with `/boot`. */
  readonly bootprefix: boolean;
  /** Boots that a new entry is given before it counts as bad; 0 turns counting off. */
  readonly bootCountingTries: number;
  /** Retired deployments are kept as spares, and new ones made from them. */
  readonly incrementalDeploy: boolean;
}

/** Reads and checks the `[sysroot]` group. */
export function readSettings(config: KeyFile): SysrootSettings {
  return {
    bootloader: parseBootloaderSetting(config.get('sysroot', 'bootloader')),
    exceptDefault: (config.getList('sysroot', 'bls-append-except-default') ?? []).map(splitPair),
    bootprefix: config.getBoolean('sysroot', 'bootprefix') ?? false,
    bootCountingTries: tries(config.get('sysroot', 'boot-counting-tries')),
    incrementalDeploy: config.getBoolean('sysroot', 'incremental-deploy') ?? false,
  };
}

function splitPair(item: string): [string, string] {
  const at = item.indexOf('=');
  if (at < 0) {
    const form = 'bls-append-except-default key must be of the form "key1=value1;key2=value2..."';
    throw new OstError('config', form, { data: { item } });
  }
  return [item.slice(0, at), item.slice(at + 1)];
}

function tries(text: string | undefined): number {
  const value = text === undefined ? 0 : Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 5) return value;
  throw new OstError('config', `Parsing sysroot.boot-counting-tries: Invalid value '${text}': must be 0 to 5`);
}
