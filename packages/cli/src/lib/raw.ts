import { byteswap, codec, printVariant, type Variant } from '@ost/gvariant';

/** The type of a commit object. */
export const COMMIT_TYPE = '(a{sv}aya(say)sstayay)';

/** A value as the raw dumps print it: numbers reversed, because the interesting ones are big-endian. */
export function printRaw(type: string, value: unknown, options: { readonly swap?: boolean } = {}): string {
  const shown: unknown = options.swap === false ? value : byteswap<string>(type, value);
  return printVariant<string>(type, shown);
}

/** {@link printRaw} for a value that carries its type. */
export function printRawVariant(variant: Variant, options: { readonly swap?: boolean } = {}): string {
  return printRaw(variant.type, variant.value, options);
}

/** Bytes of a metadata object as a raw dump. */
export function dumpBytes(type: string, bytes: Uint8Array, swap: boolean): string {
  return printRaw(type, codec<string>(type).decode(bytes), { swap });
}
