import { OstError } from '@ost/objects';
import type { XzEncoder } from './encoder.js';
import { hasBinding } from './liblzma.js';

/** Encodes xz with `node-liblzma`, an optional dependency. It knows presets only, no dictionaries. */
export const bindingEncoder: XzEncoder = {
  name: 'node-liblzma',
  available: hasBinding,
  async encode(bytes, { preset }) {
    const module = await import('node-liblzma');
    const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const check = module.check.CRC64;
    try {
      return await module.xzAsync(input, { preset, check });
    } catch (error) {
      throw new OstError('io', 'liblzma cannot encode', { cause: error });
    }
  },
};
