import type { Variant } from '@ost/gvariant';
import { type Metadata, OstError } from '@ost/objects';
import type { CommandContext } from '../context.js';
import { printRawVariant } from './raw.js';
import { variantJson } from './variant-json.js';

/** How {@link printValue} shows a value. */
export interface ValueOptions {
  /** Bytes as hexadecimal digits. @default false */
  readonly hex?: boolean;
  /** Numbers reversed. @default true */
  readonly swap?: boolean;
  /** What stands for it in JSON. @default {@link variantJson} */
  readonly json?: (key: string, value: Variant) => unknown;
}

/** Prints the keys of a dictionary, sorted. */
export function printKeys({ args, out }: CommandContext, metadata: Metadata): void {
  const keys = metadata.map(([key]) => key).sort();
  if (args.flag('json')) out.json(keys);
  else for (const key of keys) out.line(key);
}

/**
 * Prints one value of a dictionary.
 * @throws OstError `not-found` (`No such metadata key 'KEY'`)
 */
export function printValue(context: CommandContext, metadata: Metadata, key: string, options: ValueOptions = {}): void {
  const { args, out } = context;
  const { hex = false, swap = true, json = (_key: string, value: Variant) => variantJson(value) } = options;
  const found = metadata.find(([name]) => name === key)?.[1];
  if (found === undefined) throw new OstError('not-found', `No such metadata key '${key}'`, { data: { key } });
  if (args.flag('json')) out.json({ key, type: found.type, value: json(key, found) });
  else if (hex && found.type === 'ay') out.line(Buffer.from(found.value as Uint8Array).toString('hex'));
  else out.line(printRawVariant(found, { swap }));
}
