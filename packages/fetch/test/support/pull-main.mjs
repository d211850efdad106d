// Pulls in a process of its own, so that it can be killed: REPO REMOTE REF.
import { pull } from '@ost/fetch';
import { openRepo } from '@ost/repo';

const [repo, remote, ref] = process.argv.slice(2);
await pull(await openRepo(repo), remote, { refs: [ref] });
