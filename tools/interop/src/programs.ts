import { resolve } from 'node:path';

/** One of the two programs that are compared. */
export interface Program {
  /** How test names call it. */
  readonly name: string;
  /** The program and the arguments that come before all others. */
  readonly command: readonly string[];
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const bundled = resolve(import.meta.dirname, '../../../apps/ost/bin/ost.js');

/** The program under examination. */
export const ost: Program = {
  name: 'ost',
  command: process.env['OST_PROGRAM'] ? words(process.env['OST_PROGRAM']) : [process.execPath, bundled],
};

/** The program that defines what is right. */
export const reference: Program = { name: 'reference', command: words(process.env['OST_REFERENCE'] || 'ostree') };

/** Both. */
export const programs: readonly Program[] = [ost, reference];

/** Each program with the other: who writes and who reads. */
export const pairs: readonly (readonly [writer: Program, reader: Program])[] = [
  [ost, reference],
  [reference, ost],
];
