import { type Checksum, OstError } from '@ost/objects';
import type { Repo } from '@ost/repo';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time in UTC as the C locale writes it: `Sat Jan  1 00:00:00 2000`. */
export function formatTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(date.getUTCDate()).padStart(2);
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`;
}

/** Refuses a commit that is older than the one it is to replace. */
export function assertNotOlder(repo: Repo, current: Checksum, target: Checksum): void {
  const [then, now] = [repo.loadCommit(current).timestamp, repo.loadCommit(target).timestamp];
  if (now >= then) return;
  throw new OstError(
    'state',
    `Upgrade target revision '${target}' with timestamp '${formatTime(now)}' is chronologically older than current ` +
      `revision '${current}' with timestamp '${formatTime(then)}'; use --allow-downgrade to permit`,
    { data: { current, target } },
  );
}
