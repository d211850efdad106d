import type { ApplyDeltaOptions } from '@ost/deltas';
import { applyDelta, parseSuperblock } from '@ost/deltas';
import { encodeFileHeader } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import type { PartSpec } from './support/builder.js';
import { buildSuperblock, ops, plainPart } from './support/builder.js';
import { nodeHash } from './support/ostree.js';
import { blob, oldFile, one, store, text, tree } from './support/program.js';

describe('applyDelta', () => {
  const bytes = plainPart({ blob, operations: ops('S', 0, 0, 5, 0) });
  const build = (more: Partial<PartSpec> = {}) =>
    parseSuperblock(buildSuperblock({ parts: [{ bytes, objects: one, usize: 5, ...more }] }));

  it('refuses newer versions before fetching anything', async () => {
    const never = () => expect.fail('fetched');
    await expect(applyDelta(build({ version: 1 }), never, store())).rejects.toThrow('Delta part has too new version 1');
  });

  it('checks what it fetched', async () => {
    const apply = (part: Uint8Array) => applyDelta(build(), () => part, store());
    await expect(apply(new Uint8Array(0))).rejects.toThrow('Executing delta part 0: Static delta part is empty');
    await expect(apply(bytes.with(3, 9))).rejects.toThrow('Checksum mismatch in static delta part');
    await expect(apply(new Uint8Array([...bytes, 0]))).rejects.toMatchObject({ code: 'limit' });
    await expect(apply(bytes)).resolves.toMatchObject({ applied: 1, content: 1, bytes: 5 });
  });

  it('refuses unknown compression and an immense plain part', async () => {
    const odd = bytes.with(0, 7);
    await expect(applyDelta(build({ bytes: odd }), () => odd, store())).rejects.toThrow("Invalid compression type '7'");
    const limits = { payloadSize: 10 };
    await expect(applyDelta(build(), () => bytes, store(), { limits })).rejects.toMatchObject({ code: 'limit' });
  });

  it('passes errors of the fetcher and the store on, and aborts what is under way', async () => {
    const delta = parseSuperblock(
      buildSuperblock({
        parts: [
          { bytes, objects: one, usize: 5 },
          {
            bytes,
            objects: [
              [1, oldFile],
              [1, tree],
            ],
            usize: 5,
          },
        ],
      }),
    );
    let aborted = false;
    const fetching = applyDelta(
      delta,
      (index, _, signal) => {
        if (index === 0) throw new TypeError('no network');
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('stopped'));
          });
        });
      },
      store(),
    );
    await expect(fetching).rejects.toThrow(TypeError);
    expect(aborted).toBe(true);
    const broken = store();
    broken.writeFile = () => Promise.reject(new RangeError('disk'));
    await expect(applyDelta(build(), () => bytes, broken)).rejects.toThrow(RangeError);
  });

  it('holds no more parts than it may', async () => {
    const content = text('hello');
    const part = (i: number) => ({
      bytes: plainPart({ modes: [[i, 0, 0o100644]], blob: content, operations: ops('S', 0, 0, 5, 0) }),
    });
    const parts = Array.from({ length: 8 }, (_, i) => {
      const header = { uid: i, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };
      return { ...part(i), objects: [[1, nodeHash.sha256(encodeFileHeader(header), content)]] as const, usize: 5 };
    });
    const delta = parseSuperblock(buildSuperblock({ parts }));
    const memory = part(0).bytes.length + 5;
    for (const [options, most] of [
      [{}, 3],
      [{ ahead: 0 }, 1],
      [{ ahead: 5 }, 6],
      [{ limits: { aheadSize: 2 * memory } }, 2],
      [{ limits: { aheadSize: 4 } }, 1],
    ] as const) {
      let fetched = 0;
      let applied = 0;
      let peak = 0;
      const fetchPart = (index: number) => {
        peak = Math.max(peak, ++fetched - applied);
        return parts[index]?.bytes as Uint8Array;
      };
      const onProgress: ApplyDeltaOptions['onProgress'] = ({ type }) => {
        if (type === 'part-applied') applied++;
      };
      await applyDelta(delta, fetchPart, store(), { ...options, hash: nodeHash, onProgress });
      expect([applied, peak]).toEqual([8, most]);
    }
  });

  it('honours a signal that fired before', async () => {
    const signal = AbortSignal.abort();
    await expect(applyDelta(build(), () => bytes, store(), { signal })).rejects.toMatchObject({ code: 'aborted' });
  });
});
