import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OstError } from '@ost/objects';
import { lock } from '@ost/linux';
import type { OnMessage } from '../messages.js';
import { removeFile } from '../files/files.js';

const POLL_MS = 100;
const REMIND_MS = 3000;

/** How to wait for a lock that another process holds. */
export interface LockOptions {
  /** Wait for it; otherwise fail with code `busy`. @default true */
  readonly wait?: boolean;
  readonly signal?: AbortSignal;
  /** Gets `waiting-for-lock`, at once and every three seconds. */
  readonly onMessage?: OnMessage;
}

/**
 * The exclusive lock of a system root, shared with libostree's processes. The file exists only while the lock is
 * held, so a lock on a file that has lost its name counts for nothing and is tried again.
 */
export class SysrootLock {
  private constructor(
    private readonly path: string,
    private fd: number | null,
  ) {}

  /** Takes the lock. */
  static async acquire(path: string, options: LockOptions = {}): Promise<SysrootLock> {
    for (let waited = 0; ; waited += POLL_MS) {
      const fd = tryLock(path);
      if (fd !== null) return new SysrootLock(path, fd);
      if (options.wait === false) throw new OstError('busy', 'The system root is locked by another process');
      if (waited % REMIND_MS === 0) {
        options.onMessage?.({ type: 'waiting-for-lock', text: 'Waiting for sysroot lock...' });
      }
      await sleep(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }

  /** Gives the lock back; later calls do nothing. */
  release(): void {
    if (this.fd === null) return;
    removeFile(this.path);
    fs.closeSync(this.fd);
    this.fd = null;
  }
}

/** The descriptor that holds the lock, or `null` when somebody else has it. */
function tryLock(path: string): number | null {
  const { O_CREAT, O_RDWR, O_NOFOLLOW, O_NOCTTY } = fs.constants;
  for (;;) {
    const fd = fs.openSync(path, O_CREAT | O_RDWR | O_NOFOLLOW | O_NOCTTY, 0o600);
    try {
      if (!lock(fd, 'exclusive')) {
        fs.closeSync(fd);
        return null;
      }
      if (fs.fstatSync(fd).nlink > 0) return fd;
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    fs.closeSync(fd);
  }
}
