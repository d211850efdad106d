import { isUtf8 } from 'node:buffer';
import { OstError } from '@ost/objects';
import { KeyFile } from '@ost/repo';
import { readIfPresent } from '../files/files.js';

const ORIGIN = 'origin';
const TRANSIENT = 'libostree-transient';

/** An origin that follows a refspec. */
export function originFor(refspec: string): KeyFile {
  const origin = new KeyFile();
  origin.set(ORIGIN, 'refspec', refspec);
  return origin;
}

/** Reads an origin file; `null` when there is none, which is legal. */
export function readOrigin(path: string): KeyFile | null {
  const bytes = readIfPresent(path);
  if (bytes === null) return null;
  // Other bytes would not be written back as they were.
  if (!isUtf8(bytes)) throw new OstError('config', 'Invalid UTF-8');
  return KeyFile.parse(bytes.toString('utf8'));
}

/** The refspec that an origin follows. */
export function originRefspec(origin: KeyFile): string | undefined {
  return origin.get(ORIGIN, 'refspec');
}

/** Drops what belongs to one deployment only: the pin, the unlock state, a commit override. */
export function removeTransientState(origin: KeyFile): void {
  origin.deleteGroup(TRANSIENT);
  origin.delete(ORIGIN, 'override-commit');
  origin.delete(ORIGIN, 'unlocked');
}

/** Whether an origin pins its deployment; a value that is neither true nor false does not. */
export function isPinned(origin: KeyFile | null): boolean {
  return ['true', '1'].includes(origin?.get(TRANSIENT, 'pinned')?.trim() ?? '');
}

/** Pins or unpins. */
export function setPinned(origin: KeyFile, pinned: boolean): void {
  if (pinned) origin.setBoolean(TRANSIENT, 'pinned', true);
  else origin.delete(TRANSIENT, 'pinned');
}
