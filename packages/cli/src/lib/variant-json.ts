import { printVariant, type Variant } from '@ost/gvariant';
import type { Metadata } from '@ost/objects';

/** Texts and booleans as themselves, everything else in GVariant text form. */
export function variantJson({ type, value }: Variant): unknown {
  if (type === 's' || type === 'b') return value;
  if (type === 'as') return value;
  return printVariant<string>(type, value);
}

/** A dictionary as an object; the first of several equal keys counts. */
export function metadataJson(metadata: Metadata): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of metadata) object[key] ??= variantJson(value);
  return object;
}
