import { formatSize } from '@ost/objects';
import type { PullResult } from './options.js';

/** The line that sums a pull up, as libostree prints it (transfer format, "Output of pull"). */
export function formatPullStatus(result: PullResult): string {
  const { stats, estimate } = result;
  if (estimate !== null) {
    const total = estimate.parts + estimate.fallbacks;
    const sizes = `${formatSize(0)}/${formatSize(estimate.size)}, ${formatSize(estimate.uncompressedSize)}`;
    return `Delta update: 0/${total} parts, ${sizes} total uncompressed`;
  }
  const { metadataFetched, contentFetched, bytesTransferred } = stats;
  let line: string;
  if (stats.local) line = `${metadataFetched} metadata, ${contentFetched} content objects imported`;
  else if (stats.deltaParts > 0) {
    line = `${stats.deltaParts} delta parts, ${metadataFetched + contentFetched} loose fetched`;
  } else line = `${metadataFetched} metadata, ${contentFetched} content objects fetched`;
  if (stats.metadataLocal + stats.contentLocal > 0) {
    line += ` (${stats.metadataLocal} meta, ${stats.contentLocal} content local)`;
  }
  if (bytesTransferred > 0) {
    const amount = bytesTransferred < 1024 ? `${bytesTransferred} B` : `${Math.floor(bytesTransferred / 1024)} KiB`;
    line += `; ${amount} transferred in ${Math.floor(stats.seconds)} seconds`;
  }
  return `${line}; ${formatSize(stats.contentBytesWritten)} content written`;
}
