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
  /** A code of `OstError` when `ost` is true, else a system error's name. */
  readonly code?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly ost: boolean;
}

/** Worker to main thread. */
export type Response =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: ErrorData };
