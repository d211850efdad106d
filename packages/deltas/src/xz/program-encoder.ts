import { spawn } from 'node:child_process';
import { OstError } from '@ost/objects';
import type { XzEncoder } from './encoder.js';
import { hasXzProgram } from './program.js';

/** Encodes xz with the `xz` program over pipes. */
export const programEncoder: XzEncoder = {
  name: 'xz',
  available: hasXzProgram,
  encode: (bytes, { preset, dictionary, positionBits }) =>
    new Promise((resolve, reject) => {
      const filter = `--lzma2=preset=${preset},dict=${dictionary},pb=${positionBits}`;
      const args = ['--compress', '--stdout', '--format=xz', '--check=crc64', '--threads=1', filter];
      const child = spawn('xz', args, { stdio: ['pipe', 'pipe', 'pipe'] });
      const output: Buffer[] = [];
      const messages: Buffer[] = [];
      child.once('error', (cause) => reject(new OstError('io', `Running xz: ${cause.message}`, { cause })));
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => messages.push(chunk));
      // A program that stops reading early breaks the pipe; its exit code says why.
      child.stdin.on('error', () => {});
      child.once('close', (code) => {
        if (code === 0) resolve(Buffer.concat(output));
        else reject(new OstError('io', `Running xz: ${Buffer.concat(messages).toString().trim()}`));
      });
      child.stdin.end(bytes);
    }),
};
