import { isOstError } from '@ost/objects';
import { nodeWorkerThreads } from '../platform/builtins.js';
import type { ErrorData, Request, Response } from './messages.js';
import { TaskContext, type TaskModule, type TaskTable } from './task.js';

function describe(error: unknown): ErrorData {
  if (isOstError(error)) return { message: error.message, code: error.code, data: error.data, ost: true };
  const { message, code } = error as NodeJS.ErrnoException;
  return { message: message ?? String(error), code, ost: false };
}

/**
 * Serves tasks in a worker thread until the pool closes.
 * @param table the tasks of a bundled program; without it, tasks are imported by their URL
 */
export function runWorker(table: TaskTable = {}): void {
  const port = nodeWorkerThreads().parentPort;
  if (port === null) throw new Error('runWorker is for worker threads');
  const context = new TaskContext();
  const load = (request: Request): Promise<TaskModule<unknown, unknown>> => {
    const known = table[request.task];
    return known === undefined ? (import(request.url) as Promise<TaskModule<unknown, unknown>>) : known.load();
  };
  // One task at a time: tasks of a thread share its context. Requests that come meanwhile wait here.
  let last: Promise<void> = Promise.resolve();
  const answer = async (request: Request): Promise<void> => {
    const { id } = request;
    let response: Response;
    try {
      const module = await load(request);
      response = { id, output: await module.run(request.input, context) };
    } catch (error) {
      response = { id, error: describe(error) };
    }
    port.postMessage(response);
  };
  port.on('message', (request: Request) => {
    last = last.then(() => answer(request));
  });
}
