import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { OstError } from '@ost/objects';
import { corrupt } from '../errors.js';
import { type PayloadBytes, WINDOW } from '../format/payload-bytes.js';
import type { XzBackend } from './backend.js';

/** Whether there is an `xz` program. */
export function hasXzProgram(): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('xz', ['--version'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

/** Decodes xz with the `xz` program over pipes. */
export const programBackend: XzBackend = {
  name: 'xz',
  available: hasXzProgram,
  decode: (stream, { write, signal }) =>
    new Promise((resolve, reject) => {
      let failure: Error | undefined;
      const messages: string[] = [];
      const child = spawn('xz', ['--decompress', '--stdout', '--format=xz', '--single-stream', '-q'], {
        stdio: ['pipe', 'pipe', 'pipe'],
        signal,
      });
      child.once('error', (error) => {
        const code = signal?.aborted ? 'aborted' : 'io';
        reject(new OstError(code, code === 'io' ? `Running xz: ${error.message}` : 'Aborted', { cause: error }));
      });
      const fail = (error: unknown): void => {
        failure = error as Error;
        child.kill('SIGKILL');
      };
      child.stdout.on('data', (chunk: Uint8Array) => {
        if (failure !== undefined) return;
        try {
          write(chunk);
        } catch (error) {
          fail(error);
        }
      });
      child.stderr.on('data', (chunk: Buffer) => messages.length < 16 && messages.push(chunk.toString()));
      // A program that stops reading early breaks the pipe; its exit code says why.
      child.stdin.on('error', () => {});
      child.once('close', (code) => {
        if (failure !== undefined) reject(failure);
        else if (code === 0) resolve();
        else reject(corrupt('Data is corrupt', { messages: messages.join('').trim() }));
      });
      feed(child.stdin, stream).catch(fail);
    }),
};

async function feed(stdin: Writable, stream: PayloadBytes): Promise<void> {
  for (let at = 0; at < stream.size && stdin.writable; at += WINDOW) {
    const chunk = stream.read(at, Math.min(WINDOW, stream.size - at));
    await new Promise<void>((resolve) => void stdin.write(chunk, () => resolve()));
  }
  stdin.end();
}
