import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Io } from './io.js';

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The program `ostree-NAME` or `ost-NAME` of the search path that a command which we lack stands for, or null. */
export function findExtension(name: string, io: Io): string | null {
  if (!/^[\w][\w.-]*$/.test(name)) return null;
  const directories = (io.env['PATH'] ?? '').split(':').filter((directory) => directory !== '');
  for (const prefix of ['ostree-', 'ost-']) {
    const found = directories.map((directory) => path.join(directory, prefix + name)).find(isProgram);
    if (found !== undefined) return found;
  }
  return null;
}

/** Runs an extension with all arguments, the command's name among them; resolves to its exit code. */
export function runExtension(program: string, argv: readonly string[], io: Io): Promise<number> {
  const child = spawn(program, argv, { stdio: 'inherit', cwd: io.cwd, env: io.env });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  // It is the child's business what a signal means.
  const ignore = (): void => undefined;
  for (const signal of signals) process.on(signal, ignore);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, ignore);
      if (signal !== null) process.kill(process.pid, signal);
      else resolve(code ?? 1);
    });
  });
}
