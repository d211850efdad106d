import { describeDeflateProvider, describeHashProvider } from '@ost/contracts';
import { Libdeflate } from '@ost/linux';
import { nodeDeflate, nodeHash } from '@ost/repo';

describeHashProvider('nodeHash', nodeHash);
describeDeflateProvider('nodeDeflate', nodeDeflate);

// Archives are packed by libdeflate and unpacked by zlib.
const libdeflate = Libdeflate.open();
if (libdeflate !== null || process.env['CI'] !== undefined) {
  describeDeflateProvider('libdeflate', {
    ...nodeDeflate,
    deflateRaw: (bytes, level) =>
      (bytes.length === 0 ? nodeDeflate : (libdeflate as Libdeflate)).deflateRaw(bytes, level),
  });
}
