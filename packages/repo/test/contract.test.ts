import { repoContract } from './contract.js';
import { MODES } from './support/repos.js';

for (const mode of MODES) repoContract(mode);
