import { chmodSync, closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, readdirSync } from 'node:fs';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OstError } from '@ost/objects';
import { compileDelta } from '../compile/compile.js';
import type { DeltaObjects } from '../compile/objects.js';
import type { CompiledDelta, CompileOptions } from '../compile/options.js';
import { fileError } from './read-file.js';

/** Where {@link writeDelta} puts a delta. */
export interface DeltaDestination {
  /** The superblock file; parts go beside it. */
  readonly superblock: string;
  /** An existing directory on the same file system, for what is not finished. */
  readonly temporaryIn: string;
  /**
   * Nothing but this delta is in the superblock's directory: parts of an earlier one are deleted.
   * @default false
   */
  readonly owned?: boolean | undefined;
}

/**
 * Compiles a delta into files. They get their names when all of them are finished, the superblock last, so that a kill
 * leaves no delta behind that looks whole and is not.
 */
export async function writeDelta(
  objects: DeltaObjects,
  { superblock, temporaryIn, owned = false }: DeltaDestination,
  options: CompileOptions,
): Promise<CompiledDelta> {
  const directory = dirname(superblock);
  try {
    if (statSync(superblock, { throwIfNoEntry: false })?.isDirectory()) {
      throw new OstError('io', `${superblock} is a directory; name the file to write`, { data: { path: superblock } });
    }
    const work = mkdtempSync(join(temporaryIn, 'delta-'));
    try {
      const scratch = join(work, 'scratch');
      mkdirSync(scratch);
      const parts: number[] = [];
      const writePart = (index: number, bytes: Uint8Array): void => {
        writeFlushed(join(work, String(index)), bytes);
        parts.push(index);
      };
      const compiled = await compileDelta(objects, { scratch, writePart }, options);
      const finished = join(work, 'superblock');
      writeFlushed(finished, compiled.superblock);
      mkdirSync(directory, { recursive: true });
      rmSync(superblock, { force: true });
      for (const index of parts) renameSync(join(work, String(index)), join(directory, String(index)));
      if (owned) deleteOthers(directory, parts);
      renameSync(finished, superblock);
      return compiled;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  } catch (error) {
    throw fileError(error, directory);
  }
}

function writeFlushed(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'wx');
  try {
    writeFileSync(fd, bytes);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  chmodSync(path, 0o644);
}

/** Deletes parts that an earlier delta of the same commits had more than this one has. */
function deleteOthers(directory: string, parts: readonly number[]): void {
  for (const name of readdirSync(directory)) {
    if (/^\d+$/.test(name) && !parts.includes(Number(name))) rmSync(join(directory, name));
  }
}
