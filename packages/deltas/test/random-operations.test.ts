import { applyDelta, parseSuperblock } from '@ost/deltas';
import type { Checksum } from '@ost/objects';
import { encodeFileHeader, isOstError } from '@ost/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartSpec } from './support/builder.js';
import { buildSuperblock, emptyTree, fileChecksum, objectList, ops, plainPart } from './support/builder.js';
import { nodeHash } from './support/ostree.js';
import {
  CSUM,
  PATCH,
  PATCH_LENGTH,
  TREE,
  blob,
  file,
  hello,
  huge,
  patched,
  run,
  store,
  text,
  tree,
} from './support/program.js';

describe('random operations', () => {
  it('answers random programs with a result or one of our errors', async () => {
    const operand = fc.oneof(fc.nat(12), fc.constantFrom(0, 5, TREE, CSUM, PATCH, PATCH_LENGTH, blob.length, huge));
    const operation = fc.tuple(fc.constantFrom('S', 'o', 'w', 'r', 'R', 'c', 'B'), fc.array(operand, { maxLength: 4 }));
    const listed = fc.array(
      fc.constantFrom<readonly [number, Checksum]>([1, hello], [2, tree], [1, fileChecksum(patched)]),
      { maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 8 }), listed, async (program, objects) => {
        const operations = ops(...program.flatMap(([name, operands]) => [name, ...operands]));
        await run({ objects, operations }).catch(expectOurs);
      }),
      { numRuns: 1500 },
    );
  });

  it('answers mutated parts with a result or one of our errors', async () => {
    const content = text('022XY');
    const operations = ops(
      'S',
      emptyTree.length,
      TREE,
      'S',
      0,
      0,
      5,
      0,
      'r',
      CSUM,
      'o',
      0,
      0,
      5,
      'B',
      PATCH,
      PATCH_LENGTH,
      'c',
      'o',
      0,
      0,
      7,
      'w',
      2,
      0,
      'r',
      CSUM,
      'w',
      5,
      1,
      'c',
    );
    const objects: PartSpec['objects'] = [[2, tree], [1, hello], file(content), file(text('he12345'))];
    const sound = plainPart({ blob, operations });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 3 }), async (changes) => {
        const bytes = sound.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const delta = parseSuperblock(buildSuperblock({ parts: [{ bytes, objects, usize: 1000 }] }), {
          hash: nodeHash,
        });
        const into = store();
        await applyDelta(delta, () => bytes, into, { hash: nodeHash }).catch(expectOurs);
        expect(into.openSources + into.sinks).toBe(0);
        for (const [checksum, stored] of into.files) {
          expect(nodeHash.sha256(encodeFileHeader(stored.header), stored.content)).toBe(checksum);
        }
      }),
      { numRuns: 1500 },
    );
    expect(objectList(objects)).toHaveLength(132);
  });
});

function expectOurs(error: unknown): void {
  if (!isOstError(error)) throw error;
  expect(['corrupt', 'limit', 'not-found', 'not-normal']).toContain(error.code);
}
