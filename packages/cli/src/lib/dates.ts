import { OstError } from '@ost/objects';

/** The time of a commit, whose number is unsigned though it may lie before 1970; null outside of the years 1 to 9999. */
function toDate(timestamp: bigint): Date | null {
  const seconds = BigInt.asIntN(64, timestamp);
  return seconds < -62135596800n || seconds > 253402300799n ? null : new Date(Number(seconds) * 1000);
}

/** `2023-11-14 22:13:20 +0000`: how commits show their time, always in UTC. */
export function formatUtc(seconds: bigint): string {
  const date = toDate(seconds);
  if (date === null) throw new OstError('corrupt', `Failed to read commit: Invalid timestamp: ${seconds}`);
  const iso = date.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} +0000`;
}

/** `2023-11-14T22:13:20+00`: how summaries show times, local, with the shortest form of the offset. */
export function formatLocal(seconds: bigint): string {
  const date = toDate(seconds);
  if (date === null) return 'invalid';
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const offset = -date.getTimezoneOffset();
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${day}T${time}${offset < 0 ? '-' : '+'}${two(hours)}${minutes === 0 ? '' : `:${two(minutes)}`}`;
}
