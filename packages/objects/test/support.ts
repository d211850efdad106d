import { readFileSync } from 'node:fs';
import { type Checksum, type ErrorCode, isOstError, type OstError, portableHash, type Xattrs } from '@ost/objects';
import { expect } from 'vitest';

/** Bytes from hex digits; white space does not count. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

export function base64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function sha256(...parts: Uint8Array[]): Checksum {
  return portableHash.sha256(...parts);
}

/** Attributes from `{ name: hex of the value }`, in the order given. */
export function xattrs(values: Readonly<Record<string, string>>): Xattrs {
  return Object.entries(values).map(([name, value]) => ({ name: utf8(name), value: hex(value) }));
}

/** Reads a file that `tools/vectors/make.mjs` has made. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the shape of its file
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** The content of the large file of the vectors. */
export function squares(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (Math.imul(i, i) + (i >> 8) * 31) & 0xff;
  return bytes;
}

/** A checksum that is one digit over and over. */
export function fake(digit: string): Checksum {
  return digit.repeat(64) as Checksum;
}

/** The OstError that `action` throws; anything else, or nothing, fails the test. */
export function errorOf(action: () => unknown): OstError {
  try {
    action();
  } catch (error) {
    if (isOstError(error)) return error;
    throw error;
  }
  return expect.unreachable('nothing was thrown');
}

/** Expects an OstError with this code and this message. */
export function expectError(action: () => unknown, code: ErrorCode, message: string): void {
  const error = errorOf(action);
  expect({ code: error.code, message: error.message }).toEqual({ code, message });
}
