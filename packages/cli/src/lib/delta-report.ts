import type { CompileEvent, CompileStats } from '@ost/deltas';
import { formatSize } from '@ost/objects';
import type { Output } from '../output.js';

/** Says on the error stream what the delta compiler is doing, in libostree's words. */
export function reportDelta(err: Output, event: CompileEvent): void {
  err.line(describe(event));
  err.flush();
}

function describe(event: CompileEvent): string {
  switch (event.type) {
    case 'pairs':
      return `modified: ${event.pairs}`;
    case 'objects':
      return `new reachable: metadata=${event.metadata} content regular=${event.regular} symlink=${event.symlinks}`;
    case 'rollsum':
      return `rollsum for ${event.from} -> ${event.to}; copies=${event.copies} matchsize=${event.copied}`;
    case 'compared':
      return `processing bsdiff: [${event.done}/${event.pairs}]`;
    case 'fallback':
      return `fallback for ${event.checksum} (${formatSize(event.size)})`;
    case 'part':
      return `part ${event.part + 1} n:${event.objects} compressed:${event.size} uncompressed:${event.usize}`;
  }
}

/** The figures of a finished delta, likewise. */
export function summarizeDelta(err: Output, { size, usize, loose, rollsum, bsdiff }: CompileStats): void {
  err.line(`uncompressed=${usize} compressed=${size} loose=${loose}`);
  err.line(`rollsum=${rollsum.objects} objects, ${rollsum.bytes} bytes`);
  err.line(`bsdiff=${bsdiff.objects} objects`);
}
