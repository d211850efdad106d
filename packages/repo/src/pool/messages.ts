import type { ErrorCode } from '@ost/objects';

/** `workerData` of a pool worker; a bundled program looks at it to know that it is one. */
export interface WorkerData {
  readonly ostWorker: true;
}

/** Main thread to worker. */
export interface Request {
  readonly id: number;
  readonly task: string;
  readonly url: string;
  readonly input: unknown;
}

/** An error as plain data; structured cloning would lose its class. */
export interface ErrorData {
  readonly message: string;
  readonly code?: ErrorCode | string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly ost: boolean;
}

/** Worker to main thread. */
export type Response =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: ErrorData };
