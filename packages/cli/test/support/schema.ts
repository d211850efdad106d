import * as fs from 'node:fs';

/** The part of JSON Schema that the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string;
  readonly pattern?: string;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
}

/** The documented shapes of all commands. */
export const document = JSON.parse(fs.readFileSync(new URL('../../docs/schema.json', import.meta.url), 'utf8')) as {
  readonly $defs: Readonly<Record<string, Schema>>;
  readonly commands: Readonly<Record<string, Schema>>;
};

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** Where a value is not what the schema says; a key that is not documented counts, too. */
export function faults(schema: Schema, value: unknown, at = '$'): string[] {
  if (schema.$ref !== undefined)
    return faults(document.$defs[schema.$ref.slice('#/$defs/'.length)] as Schema, value, at);
  if (schema.anyOf !== undefined) {
    const all = schema.anyOf.map((choice) => faults(choice, value, at));
    return all.some((found) => found.length === 0) ? [] : all.flat();
  }
  if ('const' in schema) return value === schema.const ? [] : [`${at}: not ${String(schema.const)}`];
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : [`${at}: none of ${schema.enum.join()}`];
  if (typeOf(value) !== schema.type) return [`${at}: ${typeOf(value)} and not ${schema.type}`];
  if (schema.pattern !== undefined)
    return new RegExp(schema.pattern).test(value as string) ? [] : [`${at}: not ${schema.pattern}`];
  if (schema.items !== undefined) {
    const { items } = schema;
    return (value as unknown[]).flatMap((item, i) => faults(items, item, `${at}[${i}]`));
  }
  if (schema.type !== 'object') return [];
  const keys = Object.entries(value as object);
  const missing = (schema.required ?? []).filter((key) => !(key in (value as object)));
  return [
    ...missing.map((key) => `${at}.${key}: missing`),
    ...keys.flatMap(([key, child]) => {
      const known = schema.properties?.[key] ?? schema.additionalProperties;
      return known === undefined ? [`${at}.${key}: not documented`] : faults(known, child, `${at}.${key}`);
    }),
  ];
}
