/** A piece of work that can run in this thread or in a worker: one exported `run` of a module of its own. */
export interface Task<I, O> {
  /** Unique name; also the key in a bundle's task table. */
  readonly name: string;
  /** Loads the module; used in this thread, and in workers of a bundled program. */
  readonly load: () => Promise<TaskModule<I, O>>;
  /** URL of the module, from which a worker of an unbundled program loads it. */
  readonly url: string;
}

/** What a task's module exports. */
export interface TaskModule<I, O> {
  /** Does the work. `context` lives as long as the worker and keeps what is costly to make again. */
  run(input: I, context: TaskContext): O | Promise<O>;
}

/** State that one thread keeps between tasks. */
export class TaskContext {
  readonly #values = new Map<string, unknown>();

  /** The value made for `key` before, or a new one. Only the newest `key` of a `kind` is kept. */
  once<T>(kind: string, key: string, make: () => T): T {
    const held = this.#values.get(kind) as { key: string; value: T } | undefined;
    if (held?.key === key) return held.value;
    const value = make();
    this.#values.set(kind, { key, value });
    return value;
  }
}

/** All tasks of a program by name, for workers of a bundle. */
export type TaskTable = Readonly<Record<string, Task<never, unknown>>>;
