import type { BootConfig } from '@ost/bootloader';
import type { Checksum } from '@ost/objects';
import type { KeyFile } from '@ost/repo';
import type { DeploymentId } from './layout.js';
import { isPinned, originRefspec } from './origin.js';

/** How a deployment's `/usr` was made writable, if it was. */
export type UnlockedState = 'none' | 'hotfix' | 'development' | 'transient';

/** The facts of a {@link Deployment}. */
export interface DeploymentData extends DeploymentId {
  readonly os: string;
  readonly checksum: Checksum;
  readonly serial: number;
  /** Checksum over kernel, initramfs and device tree. */
  readonly bootChecksum: string;
  /** Number among the deployments that share the boot checksum. */
  readonly bootSerial: number;
  readonly bootConfig: BootConfig;
  /** File that the boot configuration was read from, if it was. */
  readonly entryName?: string;
  readonly origin: KeyFile | null;
  /** Position in the list; 0 boots by default. */
  readonly index: number;
  readonly unlocked?: UnlockedState;
  readonly staged?: boolean;
  readonly finalizationLocked?: boolean;
  /** A soft reboot to it is prepared. */
  readonly softRebootTarget?: boolean;
  /** Absolute path of its root directory. */
  readonly path: string;
}

/** One bootable tree. Values never change; {@link Deployment.with} makes a changed copy. */
export class Deployment implements DeploymentData {
  readonly os: string;
  readonly checksum: Checksum;
  readonly serial: number;
  readonly bootChecksum: string;
  readonly bootSerial: number;
  readonly bootConfig: BootConfig;
  readonly entryName?: string;
  readonly origin: KeyFile | null;
  readonly index: number;
  readonly unlocked: UnlockedState;
  readonly staged: boolean;
  readonly finalizationLocked: boolean;
  readonly softRebootTarget: boolean;
  readonly path: string;

  constructor(data: DeploymentData) {
    this.os = data.os;
    this.checksum = data.checksum;
    this.serial = data.serial;
    this.bootChecksum = data.bootChecksum;
    this.bootSerial = data.bootSerial;
    this.bootConfig = data.bootConfig;
    if (data.entryName !== undefined) this.entryName = data.entryName;
    this.origin = data.origin;
    this.index = data.index;
    this.unlocked = data.unlocked ?? 'none';
    this.staged = data.staged ?? false;
    this.finalizationLocked = data.finalizationLocked ?? false;
    this.softRebootTarget = data.softRebootTarget ?? false;
    this.path = data.path;
  }

  /** `CHECKSUM.SERIAL`, the name of its directory. */
  get name(): string {
    return `${this.checksum}.${this.serial}`;
  }

  /** Clean-up and upgrades leave it alone. */
  get pinned(): boolean {
    return isPinned(this.origin);
  }

  /** What upgrades follow, if the origin says so. */
  get refspec(): string | undefined {
    return this.origin === null ? undefined : originRefspec(this.origin);
  }

  /** The same deployment with other facts. */
  with(changes: Partial<DeploymentData>): Deployment {
    return new Deployment({ ...this, ...changes });
  }

  /** Whether both stand for the same directory. */
  is(other: DeploymentId | null): boolean {
    return other !== null && other.os === this.os && other.checksum === this.checksum && other.serial === this.serial;
  }
}
