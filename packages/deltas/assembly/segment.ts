/**
 * The segments that the new file is cut into. Each lies on a diagonal; between two of them the earlier is extended forward
 * and the later backward as long as more bytes match than not, and what neither covers is inserted.
 */
import { fromSize, newByte, newWord, oldByte, oldWord, toSize } from './files';
import { record } from './host';

/** New and old position where the current segment begins. */
let segment: i32 = 0;
let segmentOld: i32 = 0;
/** Steps left for walks backward. They could cover the same bytes over and over, in files made to that end. */
let steps: i64 = 0;
/** Steps that a walk may always take. */
const FEW: i32 = 256;

export function startSegments(): void {
  segment = 0;
  segmentOld = 0;
  steps = <i64>toSize * 4;
}

/** Ends the current segment, and begins another where new position `start` matches old position `startOld`. */
export function beginSegment(start: i32, startOld: i32): void {
  let forward = extentForward(start);
  let back = extentBackward(start, startOld);
  const overlap = segment + forward - (start - back);
  if (overlap > 0) {
    const kept = bestCut(start - back, overlap, segmentOld - segment, startOld - start);
    forward -= overlap - kept;
    back -= kept;
  }
  record(forward, start - back - (segment + forward), startOld - back - (segmentOld + forward));
  segment = start - back;
  segmentOld = startOld - back;
}

/** Ends the last segment. */
export function endSegments(): void {
  const forward = extentForward(toSize);
  record(forward, toSize - (segment + forward), 0);
}

/** How far the current segment reaches at best, up to `end`. */
function extentForward(end: i32): i32 {
  const most = min(end - segment, fromSize - segmentOld);
  let extent = 0;
  let score = 0;
  let best = 0;
  for (let i = 0; i < most; i++) {
    if (i + 8 <= most && newWord(segment + i) === oldWord(segmentOld + i)) {
      score += 8;
      i += 7;
    } else score += newByte(segment + i) === oldByte(segmentOld + i) ? 1 : -1;
    if (score > best) {
      best = score;
      extent = i + 1;
    }
  }
  return extent;
}

/** How far back the next segment begins at best. */
function extentBackward(start: i32, startOld: i32): i32 {
  const most = min(min(start - segment, startOld), <i32>max(<i64>FEW, steps));
  steps -= most;
  let extent = 0;
  let score = 0;
  let best = 0;
  for (let i = 1; i <= most; i++) {
    if (i + 7 <= most && newWord(start - i - 7) === oldWord(startOld - i - 7)) {
      score += 8;
      i += 7;
    } else score += newByte(start - i) === oldByte(startOld - i) ? 1 : -1;
    if (score > best) {
      best = score;
      extent = i;
    }
  }
  return extent;
}

/** How many of the bytes that both segments could have are better left with the earlier. */
function bestCut(position: i32, overlap: i32, earlier: i32, later: i32): i32 {
  let kept = 0;
  let score = 0;
  let best = 0;
  for (let i = position; i < position + overlap; i++) {
    const byte = newByte(i);
    if (byte === oldByte(i + earlier)) score++;
    if (byte === oldByte(i + later)) score--;
    if (score > best) {
      best = score;
      kept = i - position + 1;
    }
  }
  return kept;
}
