import { type RepoFinder, vouchedCandidates } from './finder.js';
import { browse, type BrowseOptions } from './lan/browse.js';
import { parseLanRecord } from './lan/lan-record.js';

const SERVICE = '_ostree_repo._tcp';
/** Repositories of one network that are asked at all. */
const LIMIT = 64;

/** Finds refs in repositories that machines of the local network announce by multicast DNS, as Avahi does. */
export function lanFinder(options: Omit<BrowseOptions, 'signal'> = {}): RepoFinder {
  return {
    name: 'OstreeRepoFinderAvahi',
    priority: 60,
    async candidates(repo, wanted, signal) {
      const services = await browse(SERVICE, { ...options, ...(signal === undefined ? {} : { signal }) });
      return services.slice(0, LIMIT).flatMap(({ address, port, text }) => {
        const record = parseLanRecord(text);
        if (record === null) return [];
        const refs = wanted.filter((ref) => record.mayHave(ref));
        return vouchedCandidates(repo, `http://${address}:${port}/${record.index}`, refs);
      });
    },
  };
}
