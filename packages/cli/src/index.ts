export { run } from './run.js';
export { processIo } from './io.js';
export { pullParts } from './pull-parts.js';
export { cliTasks } from './lib/delta-tasks.js';
export { root as commandTable } from './table/index.js';

export type { Io, Sink } from './io.js';
export type { CommandScope, CommandSpec, OptionSpec, OptionType } from './table/types.js';
