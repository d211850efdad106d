import { join } from 'node:path';
import { OstError } from '@ost/objects';

/** Paths of one system root. */
export class Layout {
  constructor(
    /** Absolute path of the directory that holds `ostree` and `boot`. */
    readonly root: string,
    /** Where volatile state lives; `/run` but in tests. */
    readonly run: string,
  ) {}

  /** A path below the root. */
  at(path: string): string {
    return join(this.root, path);
  }

  get repo(): string {
    return this.at('ostree/repo');
  }

  /** Its modification time tells readers that deployments changed. */
  get deployRoot(): string {
    return this.at('ostree/deploy');
  }

  get lockFile(): string {
    return this.at('ostree/lock');
  }

  /** Directory of an operating system: its deployments and its shared `/var`. */
  stateroot(os: string): string {
    return this.at(`ostree/deploy/${os}`);
  }

  deployDir(os: string): string {
    return this.at(`ostree/deploy/${os}/deploy`);
  }

  /** Directory of a deployment, relative to the root. */
  deploymentPath(id: DeploymentId): string {
    return `ostree/deploy/${id.os}/deploy/${id.checksum}.${id.serial}`;
  }

  deployment(id: DeploymentId): string {
    return this.at(this.deploymentPath(id));
  }

  origin(id: DeploymentId): string {
    return `${this.deployment(id)}.origin`;
  }

  backing(id: DeploymentId): string {
    return this.at(`ostree/deploy/${id.os}/backing/${id.checksum}.${id.serial}`);
  }

  loader(bootversion: number): string {
    return this.at(`boot/loader.${bootversion}`);
  }

  bootFiles(os: string, bootChecksum: string): string {
    return this.at(`boot/ostree/${os}-${bootChecksum}`);
  }

  get overlayInitrds(): string {
    return this.at('boot/ostree/initramfs-overlays');
  }

  /** Where a stateroot keeps a tree to make its next deployment from, by the name of its commit. */
  spares(os: string): string {
    return this.at(`ostree/deploy/${os}/spare`);
  }

  /** The link farm's name: `boot.1` or `boot.1.0`. */
  linkFarm(bootversion: number, subbootversion?: number): string {
    return this.at(`ostree/boot.${bootversion}${subbootversion === undefined ? '' : `.${subbootversion}`}`);
  }

  get stagedState(): string {
    return join(this.run, 'ostree/staged-deployment');
  }

  get stagedLock(): string {
    return join(this.run, 'ostree/staged-deployment-locked');
  }

  get stagedInitrds(): string {
    return join(this.run, 'ostree/staged-initrds');
  }

  get bootedMarker(): string {
    return join(this.run, 'ostree-booted');
  }

  /** What {@link bootedMarker} becomes after a soft reboot. */
  get nextRootMarker(): string {
    return join(this.run, 'ostree/nextroot-booted');
  }

  /** Where the root of the next soft reboot is mounted. */
  get nextRoot(): string {
    return join(this.run, 'nextroot');
  }

  deploymentState(id: DeploymentId): string {
    return join(this.run, `ostree/deployment-state/${id.checksum}.${id.serial}`);
  }

  get finalizeFailureStamp(): string {
    return this.at('boot/ostree/finalize-failure.stamp');
  }
}

/** Refuses what cannot be the name of a stateroot, such as one that leads elsewhere. */
export function assertStaterootName(os: string): void {
  if (os === '' || os === '.' || os === '..' || /[/:\0]/.test(os)) {
    throw new OstError('invalid-name', `Invalid stateroot name '${os}'`, { data: { name: os } });
  }
}

/** What names a deployment. */
export interface DeploymentId {
  readonly os: string;
  readonly checksum: string;
  readonly serial: number;
}

/** Splits the name of a deployment's directory, `CHECKSUM.SERIAL`. */
export function parseDeploymentName(name: string): { checksum: string; serial: number } {
  const match = /^([0-9a-f]+)\.([0-9]+)$/.exec(name);
  if (match === null) {
    throw new OstError('corrupt', `Invalid deploy name '${name}', expected CHECKSUM.TREESERIAL`, { data: { name } });
  }
  return { checksum: match[1] as string, serial: Number(match[2]) };
}

/** Where a kernel's `ostree=` argument points. */
export interface BootLink {
  bootversion: number;
  os: string;
  bootChecksum: string;
  bootSerial: number;
}

/** The value of the `ostree=` kernel argument. */
export function formatBootLink(link: BootLink): string {
  return `/ostree/boot.${link.bootversion}/${link.os}/${link.bootChecksum}/${link.bootSerial}`;
}

/** Reads the value of an `ostree=` kernel argument. */
export function parseBootLink(value: string): BootLink {
  const match = /^\/ostree\/boot\.([01])\/([^/]+)\/([^/]+)\/([0-9]+)$/.exec(value);
  if (match === null) {
    const expected = 'ostree=/ostree/boot.BOOTVERSION/OSNAME/BOOTCSUM/TREESERIAL';
    throw new OstError('corrupt', `Invalid ostree= argument 'ostree=${value}', expected ${expected}`);
  }
  const [, bootversion, os, bootChecksum, bootSerial] = match as unknown as [string, string, string, string, string];
  return { bootversion: Number(bootversion), os, bootChecksum, bootSerial: Number(bootSerial) };
}
