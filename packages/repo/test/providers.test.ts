import { describeDeflateProvider, describeHashProvider } from '@ost/contracts';
import { nodeDeflate, nodeHash } from '@ost/repo';

describeHashProvider('nodeHash', nodeHash);
describeDeflateProvider('nodeDeflate', nodeDeflate);
