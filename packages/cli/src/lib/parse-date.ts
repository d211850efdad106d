import { execFileSync } from 'node:child_process';
import { OstError } from '@ost/objects';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?';
const WEEKDAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\\s+)?';
const TIME = '(?:(?:\\s+|t)(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,]\\d+)?)?)?';
const ZONE = '(?:\\s*(z|utc|gmt|[+-]\\d{2}(?::?\\d{2})?))?';
const isoDate = new RegExp(`^(\\d{4})-(\\d{1,2})-(\\d{1,2})${TIME}${ZONE}$`);
const dayFirst = new RegExp(`^${WEEKDAY}(\\d{1,2})\\s+${MONTH}\\s+(\\d{4})${TIME}${ZONE}$`);
const yearLast = new RegExp(`^${WEEKDAY}${MONTH}\\s+(\\d{1,2})${TIME}${ZONE}\\s+(\\d{4})$`);
const units: Readonly<Record<string, number>> = { sec: 1, second: 1, min: 60, minute: 60, hour: 3600 };

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly clock: readonly (string | undefined)[];
  readonly zone: string | undefined;
}

/** Minutes east of Greenwich, or undefined for local time. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return match[1] === '-' ? -minutes : minutes;
}

function secondsOf({ year, month, day, clock, zone }: Parts): bigint | undefined {
  const [hour, minute, second] = clock.map((text) => Number(text ?? 0)) as [number, number, number];
  if (month > 11 || hour > 23 || minute > 59 || second > 60) return undefined;
  const offset = offsetOf(zone);
  const date =
    offset === undefined
      ? new Date(year, month, day, hour, minute, second)
      : new Date(Date.UTC(year, month, day, hour, minute - offset, second));
  // A day that the month does not have would silently become one of the next month.
  const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return day < 1 || day > days ? undefined : BigInt(Math.floor(date.getTime() / 1000));
}

function absolute(text: string): bigint | undefined {
  const iso = isoDate.exec(text);
  if (iso !== null) {
    const [, year, month, day, h, m, s, zone] = iso;
    return secondsOf({ year: Number(year), month: Number(month) - 1, day: Number(day), clock: [h, m, s], zone });
  }
  const first = dayFirst.exec(text);
  if (first !== null) {
    const [, day, name, year, h, m, s, zone] = first;
    return secondsOf({
      year: Number(year),
      month: months.indexOf(name ?? ''),
      day: Number(day),
      clock: [h, m, s],
      zone,
    });
  }
  const last = yearLast.exec(text);
  if (last === null) return undefined;
  const [, name, day, h, m, s, zone, year] = last;
  return secondsOf({ year: Number(year), month: months.indexOf(name ?? ''), day: Number(day), clock: [h, m, s], zone });
}

/** `2 days ago`, `yesterday`: the same time of day on another day, or so many seconds away. */
function relative(text: string, now: Date): bigint | undefined {
  const words: Readonly<Record<string, string>> = {
    now: '0 second',
    today: '0 second',
    yesterday: '1 day ago',
    tomorrow: '1 day',
  };
  const match = /^(?:([+-]?\d+)\s*|(an?|last|next)\s+)([a-z]+?)s?(\s+ago)?$/.exec(words[text] ?? text);
  if (match === null) return undefined;
  const [, digits, word, unit = '', ago] = match;
  const count = (digits === undefined ? (word === 'last' ? -1 : 1) : Number(digits)) * (ago === undefined ? 1 : -1);
  const date = new Date(now);
  const seconds = units[unit];
  if (seconds !== undefined) date.setTime(date.getTime() + count * seconds * 1000);
  else if (unit === 'day') date.setDate(date.getDate() + count);
  else if (unit === 'week') date.setDate(date.getDate() + 7 * count);
  else if (unit === 'fortnight') date.setDate(date.getDate() + 14 * count);
  else if (unit === 'month') date.setMonth(date.getMonth() + count);
  else if (unit === 'year') date.setFullYear(date.getFullYear() + count);
  else return undefined;
  return BigInt(Math.floor(date.getTime() / 1000));
}

/** Asks the `date` program, which knows the rarer forms. */
function askDate(text: string): bigint | undefined {
  try {
    const output = execFileSync('date', [`--date=${text}`, '+%s'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return BigInt(output.trim());
  } catch {
    return undefined;
  }
}

/**
 * Reads a time in the syntax of GNU `date`, as seconds since 1970. Common forms are read here; anything else goes to the
 * `date` program where there is one.
 * @throws OstError `invalid-argument` (`Could not parse 'TEXT'`)
 */
export function parseDate(text: string, now: Date = new Date()): bigint {
  const lower = text.trim().toLowerCase();
  const epoch = /^@(-?\d+)(?:[.,]\d*)?$/.exec(lower);
  const known = epoch !== null ? BigInt(epoch[1] as string) : (absolute(lower) ?? relative(lower, now));
  const seconds = known ?? (lower === '' ? undefined : askDate(text));
  if (seconds === undefined) throw new OstError('invalid-argument', `Could not parse '${text}'`);
  return seconds;
}
