import { cliTasks } from '@ost/cli';
import { fetchTasks } from '@ost/fetch';
import { repoTasks, runWorker } from '@ost/repo';

/** Serves the tasks of the packages that this program is made of. */
export function main(): void {
  runWorker({ ...repoTasks, ...fetchTasks, ...cliTasks });
}
