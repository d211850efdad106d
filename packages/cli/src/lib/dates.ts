import { OstError } from '@ost/objects';

/** `2023-11-14 22:13:20 +0000`: how commits show their time, always in UTC. */
export function formatUtc(seconds: bigint): string {
  // 9999-12-31T23:59:59, the last second that GLib can tell.
  if (seconds > 253402300799n) throw new OstError('corrupt', `Failed to read commit: Invalid timestamp: ${seconds}`);
  const iso = new Date(Number(seconds) * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} +0000`;
}

/** `2023-11-14T22:13:20+00`: how summaries show times, local, with the shortest form of the offset. */
export function formatLocal(seconds: bigint): string {
  if (seconds > 253402300799n) return 'invalid';
  const date = new Date(Number(seconds) * 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const offset = -date.getTimezoneOffset();
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${day}T${time}${offset < 0 ? '-' : '+'}${two(hours)}${minutes === 0 ? '' : `:${two(minutes)}`}`;
}
