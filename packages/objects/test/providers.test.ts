import { describeDeflateProvider, describeHashProvider } from '@ost/contracts';
import { portableDeflate, portableHash } from '@ost/objects';

describeHashProvider('portable', portableHash);
describeDeflateProvider('portable', portableDeflate, {
  'a stored block whose length has a wrong complement':
    'fflate does not look at the complement; what it lets through fails the checksum of the content',
});
