/** Why an operation on a variant failed; a closed set, so callers can switch over it. */
export type VariantErrorCode =
  | 'limit' // nested too deeply, or too large
  | 'not-normal' // serialized data is not in normal form
  | 'text' // the text form is malformed; see VariantTextError
  | 'type' // not a definite type string
  | 'value'; // the value does not fit the type

/** The error class of this package. */
export class VariantError extends Error {
  readonly code: VariantErrorCode;

  constructor(code: VariantErrorCode, message: string) {
    super(message);
    this.name = 'VariantError';
    this.code = code;
  }
}

/** Malformed text; the message starts with the range that it is about: `0-10:number out of range for type 'i'`. */
export class VariantTextError extends VariantError {
  /** Byte offset (UTF-8) of the first character that the message is about. */
  readonly start: number;
  /** Byte offset behind the last character, or `start` for a single position. */
  readonly end: number;
  /** The message without the range. */
  readonly reason: string;

  constructor(
    reason: string,
    start: number,
    end: number = start,
    other?: { readonly start: number; readonly end: number },
  ) {
    const range = start === end ? `${start}` : `${start}-${end}`;
    super('text', `${range}${other === undefined ? '' : `,${other.start}-${other.end}`}:${reason}`);
    this.name = 'VariantTextError';
    this.start = start;
    this.end = end;
    this.reason = reason;
  }
}

/** Serialized data is not in normal form. */
export function notNormal(): VariantError {
  return new VariantError('not-normal', 'Not normal form');
}

/** A value does not fit its type. */
export function badValue(type: string, value: unknown): VariantError {
  let shown: string;
  if (typeof value === 'bigint') shown = `${value}n`;
  else if (typeof value === 'string') shown = JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  else if (typeof value === 'number' || typeof value === 'boolean' || value === null) shown = String(value);
  else
    shown = Array.isArray(value)
      ? 'an array'
      : value instanceof Uint8Array
        ? 'bytes'
        : `a value of type ${typeof value}`;
  return new VariantError('value', `Value does not fit type '${type}': ${shown}`);
}
