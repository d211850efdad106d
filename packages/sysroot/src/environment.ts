/** Switches for tests and unusual hosts; see {@link debugFromEnvironment}. */
export interface SysrootDebug {
  /** Deployment roots get no immutable flag. */
  mutableDeployments?: boolean;
  /** The `/etc` merge copies no extended attributes. */
  noXattrs?: boolean;
  /** Device trees are ignored. */
  noDtb?: boolean;
  /** The freeze of `/boot` is rehearsed and fails. */
  testFifreeze?: boolean;
}

/** What the environment decides; the defaults of `SysrootOptions`. */
export interface SysrootEnvironment {
  debug: SysrootDebug;
  /** Upgrades stage their deployment. */
  stageUpgrades: boolean;
  /** Make room in `/boot` before writing to it. */
  earlyPrune: boolean;
  /** GRUB configuration generator. */
  grub2Generator?: string;
  /** Let the generator's output through. */
  grub2Verbose: boolean;
}

/** The debug switches in a text such as `mutable-deployments,no-xattrs`; `all` turns on every one. */
export function parseDebug(text: string): SysrootDebug {
  const words = new Set(text.split(/[:;,\s]+/));
  const has = (word: string): boolean => words.has(word) || words.has('all');
  return {
    mutableDeployments: has('mutable-deployments'),
    noXattrs: has('no-xattrs'),
    noDtb: has('no-dtb'),
    testFifreeze: has('test-fifreeze'),
  };
}

/**
 * Reads the settings that libostree takes from the environment. This is the only place that looks at it:
 * `OSTREE_SYSROOT_DEBUG`, `OSTREE_SYSROOT_OPTS`, `OSTREE_EX_STAGE_DEPLOYMENTS`, `OSTREE_GRUB2_EXEC`, `OSTREE_DEBUG_GRUB2`, `INVOCATION_ID`.
 */
export function sysrootEnvironment(env: NodeJS.ProcessEnv = process.env): SysrootEnvironment {
  const generator = env['OSTREE_GRUB2_EXEC'];
  return {
    debug: parseDebug(env['OSTREE_SYSROOT_DEBUG'] ?? ''),
    stageUpgrades: env['OSTREE_EX_STAGE_DEPLOYMENTS'] !== undefined,
    earlyPrune: !(env['OSTREE_SYSROOT_OPTS'] ?? '').split(/[:;,\s]+/).includes('no-early-prune'),
    ...(generator === undefined ? {} : { grub2Generator: generator }),
    grub2Verbose: env['OSTREE_DEBUG_GRUB2'] !== undefined || env['INVOCATION_ID'] !== undefined,
  };
}
