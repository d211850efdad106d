import { spawn } from 'node:child_process';
import { OstError } from '@ost/objects';

/** Options of {@link runProgram}. */
export interface RunProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Let the program's output through. */
  readonly verbose?: boolean;
}

/** Runs a program that installs or generates something; anything but exit code 0 is an error of code `io`. */
export function runProgram(program: string, args: readonly string[], options: RunProgramOptions = {}): Promise<void> {
  const { env = process.env, cwd } = options;
  const output = options.verbose === true ? 'inherit' : 'ignore';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env,
      stdio: ['ignore', output, output],
      ...(cwd === undefined ? {} : { cwd }),
    });
    child.on('error', (cause) => reject(new OstError('io', `${program}: ${cause.message}`, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const how = signal === null ? `exited with code ${code}` : `killed by signal ${signal}`;
      reject(new OstError('io', `${program}: Child process ${how}`));
    });
  });
}
