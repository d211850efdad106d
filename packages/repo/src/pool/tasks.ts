import type { StoreContentsInput, StoreContentsOutput } from '../commit/content-job.js';
import type { StoreFilesInput, StoreFilesOutput } from '../commit/file-job.js';
import type { CheckoutFilesInput, CheckoutFilesOutput } from '../checkout/checkout-job.js';
import type { VerifyObjectsInput, VerifyObjectsOutput } from '../maintain/verify-job.js';
import type { SignFilesInput, SignFilesOutput } from '../ima/sign-job.js';
import type { ImportObjectsInput, ImportObjectsOutput } from '../import/import-job.js';
import type { Task, TaskTable } from './task.js';

/** Hashes and stores files for a commit. */
export const storeFilesTask: Task<StoreFilesInput, StoreFilesOutput> = {
  name: 'repo/store-files',
  load: () => import('../commit/store-files.js'),
  url: new URL('../commit/store-files.js', import.meta.url).href,
};

/** Packs and writes content that comes from an archive. */
export const storeContentsTask: Task<StoreContentsInput, StoreContentsOutput> = {
  name: 'repo/store-contents',
  load: () => import('../commit/store-contents.js'),
  url: new URL('../commit/store-contents.js', import.meta.url).href,
};

/** Links or copies files out of the store. */
export const checkoutFilesTask: Task<CheckoutFilesInput, CheckoutFilesOutput> = {
  name: 'repo/checkout-files',
  load: () => import('../checkout/checkout-files.js'),
  url: new URL('../checkout/checkout-files.js', import.meta.url).href,
};

/** Re-computes the checksums of objects. */
export const verifyObjectsTask: Task<VerifyObjectsInput, VerifyObjectsOutput> = {
  name: 'repo/verify-objects',
  load: () => import('../maintain/verify-objects.js'),
  url: new URL('../maintain/verify-objects.js', import.meta.url).href,
};

/** Copies or links objects from another repository. */
export const importObjectsTask: Task<ImportObjectsInput, ImportObjectsOutput> = {
  name: 'repo/import-objects',
  load: () => import('../import/import-objects.js'),
  url: new URL('../import/import-objects.js', import.meta.url).href,
};

/** Gives files signatures for Linux's integrity measurement. */
export const signFilesTask: Task<SignFilesInput, SignFilesOutput> = {
  name: 'repo/sign-files',
  load: () => import('../ima/sign-files.js'),
  url: new URL('../ima/sign-files.js', import.meta.url).href,
};

/** Hashes files that are not objects. */
export const hashFilesTask: Task<readonly string[], string> = {
  name: 'repo/hash-files',
  load: () => import('../inspect/hash-files-job.js'),
  url: new URL('../inspect/hash-files-job.js', import.meta.url).href,
};

/** All tasks of this package, for the task table of a bundled program. */
export const repoTasks: TaskTable = Object.fromEntries(
  [
    storeFilesTask,
    storeContentsTask,
    checkoutFilesTask,
    verifyObjectsTask,
    importObjectsTask,
    signFilesTask,
    hashFilesTask,
  ].map((task) => [task.name, task]),
);
