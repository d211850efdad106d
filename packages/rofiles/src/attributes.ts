import type { BigIntStats } from 'node:fs';
import { Body } from './protocol.js';

const BILLION = 1_000_000_000n;

/** How long the kernel may remember, in seconds. */
export interface CacheTimes {
  readonly entry: number;
  readonly attributes: number;
  /** That a name does not exist; 0 to ask each time. */
  readonly negative: number;
}

function seconds(body: Body, time: number): void {
  body.u64(Math.floor(time));
}

function nanoseconds(time: number): number {
  return Math.round((time % 1) * 1e9);
}

function putAttributes(body: Body, stat: BigIntStats): void {
  const times = [stat.atimeNs, stat.mtimeNs, stat.ctimeNs];
  const rest = times.map((time) => ((time % BILLION) + BILLION) % BILLION);
  body.u64(stat.ino).u64(stat.size).u64(stat.blocks);
  for (const [index, time] of times.entries()) body.u64((time - (rest[index] as bigint)) / BILLION);
  for (const part of rest) body.u32(Number(part));
  body.u32(Number(stat.mode)).u32(Number(stat.nlink)).u32(Number(stat.uid)).u32(Number(stat.gid));
  body.u32(Number(stat.rdev)).u32(Number(stat.blksize)).u32(0);
}

/** The reply about a file that the kernel knows. */
export function attributesReply(stat: BigIntStats, cache: CacheTimes): Buffer {
  const body = new Body(104);
  seconds(body, cache.attributes);
  body.u32(nanoseconds(cache.attributes)).u32(0);
  putAttributes(body, stat);
  return body.bytes;
}

/** The reply that tells of a file. */
export function entryReply(node: number, stat: BigIntStats, cache: CacheTimes): Buffer {
  const body = new Body(128);
  body.u64(node).u64(0);
  seconds(body, cache.entry);
  seconds(body, cache.attributes);
  body.u32(nanoseconds(cache.entry)).u32(nanoseconds(cache.attributes));
  putAttributes(body, stat);
  return body.bytes;
}

/** The reply that a name does not exist, for the kernel to remember. */
export function absentReply(cache: CacheTimes): Buffer {
  const body = new Body(128);
  body.u64(0).u64(0);
  seconds(body, cache.negative);
  body.u64(0).u32(nanoseconds(cache.negative));
  return body.bytes;
}
