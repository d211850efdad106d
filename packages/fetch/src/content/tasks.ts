import type { Task, TaskTable } from '@ost/repo';
import type { LaneInput, LaneOutput } from './lane-messages.js';

/** Fetches content objects in a worker thread. */
export const fetchContentTask: Task<LaneInput, LaneOutput> = {
  name: 'fetch/fetch-content',
  load: () => import('./fetch-content.js'),
  url: new URL('./fetch-content.js', import.meta.url).href,
};

/** All tasks of this package, for the task table of a bundled program. */
export const fetchTasks: TaskTable = { [fetchContentTask.name]: fetchContentTask };
