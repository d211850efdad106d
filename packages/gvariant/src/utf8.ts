// Every JavaScript platform has these two, but TypeScript knows them only through a platform's types.
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

/** Encodes text as UTF-8. */
export const encoder: TextEncoder = new TextEncoder();

/** Decodes UTF-8; throws on malformed bytes and keeps a byte order mark as the character that it is. */
export const decoder: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
