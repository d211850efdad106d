import { type Checksum, type Commit, OstError } from '@ost/objects';
import type { Repo } from '@ost/repo';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** UTC time as C's `%c` formats it. */
function formatTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`;
}

/**
 * Refuses a commit that is older than another one.
 * @throws OstError `state`
 */
export function checkNewer(repo: Repo, current: Checksum, target: Checksum, commit: Pick<Commit, 'timestamp'>): void {
  const { timestamp } = repo.loadCommit(current);
  if (commit.timestamp >= timestamp) return;
  throw new OstError(
    'state',
    `Upgrade target revision '${target}' with timestamp '${formatTime(commit.timestamp)}' is chronologically older ` +
      `than current revision '${current}' with timestamp '${formatTime(timestamp)}'; use --allow-downgrade to permit`,
    { data: { current, target } },
  );
}
