/** Every code that an {@link OstError} may carry; a closed set, so callers can switch over it. */
export type ErrorCode =
  | 'aborted' // the caller's AbortSignal fired
  | 'already-exists' // an entry that must not exist is there
  | 'busy' // a lock could not be taken in time
  | 'config' // a configuration or key file is malformed or contradictory
  | 'corrupt' // stored or received bytes do not match their checksum or format
  | 'invalid-argument' // the caller passed something that can never work
  | 'invalid-name' // a ref, remote, file or collection name breaks its rules
  | 'io' // the operating system refused; see cause
  | 'limit' // a size, depth or count limit was exceeded
  | 'network' // a server could not be reached or answered badly
  | 'no-space' // free-space reservation would be exceeded
  | 'not-found' // an object, ref, path or remote does not exist
  | 'not-normal' // serialized data is not in normal form
  | 'signature' // a signature is missing, bad or untrusted
  | 'state' // the operation does not fit the present state
  | 'unsupported'; // this platform or format version cannot do it

const brand = Symbol.for('ost.error');

/** Options of {@link OstError}. */
export interface OstErrorOptions {
  /** The error underneath, if any. */
  readonly cause?: unknown;
  /** Structured facts for programs: expected, actual, path, checksum ... */
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class of all packages. `message` is one line for people, `code` is for programs,
 * `data` holds the facts that the message was made from.
 */
export class OstError extends Error {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: OstErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OstError';
    this.code = code;
    this.data = options.data ?? {};
    // Marks the class across duplicate installs; see isOstError.
    Object.defineProperty(this, brand, { value: true });
  }

  /** The same error with `prefix` in front of its message, as libostree prefixes its own. */
  withPrefix(prefix: string): OstError {
    const error = new OstError(this.code, `${prefix}${this.message}`, { cause: this.cause, data: this.data });
    if (this.stack !== undefined) error.stack = this.stack;
    return error;
  }
}

/** True for an {@link OstError} of any installed copy of this package. */
export function isOstError(value: unknown): value is OstError {
  return typeof value === 'object' && value !== null && brand in value;
}
