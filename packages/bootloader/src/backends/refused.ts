import { OstError } from '@ost/objects';
import type { Bootloader } from '../bootloader.js';

/** A backend that exists in libostree and not here: a system configured for it must not be half-written. */
function refused(name: string): Bootloader {
  return {
    name,
    async query() {
      return false;
    },
    async isAtomic() {
      return true;
    },
    async writeConfig() {
      throw new OstError('unsupported', `Bootloader '${name}' is not supported by this implementation`);
    },
  };
}

/** zipl of IBM Z; refuses to write. */
export const zipl: Bootloader = refused('zipl');

/** Android boot images; refuses to write. */
export const aboot: Bootloader = refused('aboot');
