export { serveRofiles } from './serve.js';

export type { RofilesOptions } from './serve.js';
