import { OstError } from '@ost/objects';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';

interface Key {
  readonly group: string;
  readonly name: string;
}

/** `GROUP.NAME` split at the first dot. */
function splitKey(text: string): Key {
  const dot = text.indexOf('.');
  if (dot === -1) throw new OstError('invalid-argument', 'Key must be of the form "sectionname.keyname"');
  return { group: text.slice(0, dot), name: text.slice(dot + 1) };
}

/** The key and the value that follow the operation. */
function operands(context: CommandContext, withValue: boolean): { key: Key; value: string } {
  const { args } = context;
  const group = args.string('group');
  const [key, value, ...more] = args.positionals.slice(1);
  const missing = key === undefined || (withValue && value === undefined);
  if (missing) throw new UsageError(missingText(group !== undefined, withValue));
  if (more.length > 0 || (!withValue && value !== undefined)) throw new UsageError('Too many arguments given');
  return { key: group === undefined ? splitKey(key) : { group, name: key }, value: value ?? '' };
}

function missingText(withGroup: boolean, withValue: boolean): string {
  if (withGroup)
    return withValue ? 'GROUP name, KEY and VALUE must be specified' : 'Group name and key must be specified';
  return withValue ? 'KEY and VALUE must be specified' : 'KEY must be specified';
}

/** `config (get KEY|set KEY VALUE|unset KEY)`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const [operation] = args.positionals;
  switch (operation) {
    case undefined:
      throw new UsageError('OPERATION must be specified');
    case 'get': {
      const { key } = operands(context, false);
      const value = repo.readConfig().require(key.group, key.name);
      if (args.flag('json')) out.json({ group: key.group, key: key.name, value });
      else out.line(value);
      return;
    }
    case 'set': {
      const { key, value } = operands(context, true);
      const file = repo.readConfig();
      file.set(key.group, key.name, value);
      repo.saveConfig(file);
      return;
    }
    case 'unset': {
      const { key } = operands(context, false);
      const file = repo.readConfig();
      if (file.delete(key.group, key.name)) repo.saveConfig(file);
      return;
    }
    default:
      throw new UsageError(`Unknown operation ${operation}`);
  }
}
