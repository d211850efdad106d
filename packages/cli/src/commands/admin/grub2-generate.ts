import { OstError } from '@ost/objects';
import { grubMenu, readBootEntries } from '@ost/bootloader';
import type { CommandContext } from '../../context.js';
import { openSysroot } from '../../lib/sysroot.js';

/** `admin instutil grub2-generate [BOOTVERSION]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const sysroot = await openSysroot(context);
  const text = args.positionals[0] ?? io.env['_OSTREE_GRUB2_BOOTVERSION'];
  const bootversion = text === undefined ? sysroot.bootversion : Number(text);
  if (bootversion !== 0 && bootversion !== 1) {
    throw new OstError('invalid-argument', `Invalid bootversion: ${text}`);
  }
  const required = (name: string): string => {
    const value = io.env[name];
    if (value === undefined)
      throw new OstError('state', `${name} must be set in the environment; is grub-mkconfig running this?`);
    return value;
  };
  const entries = readBootEntries(sysroot.path, bootversion).map(({ config }) => config);
  out.text(
    grubMenu(entries, {
      bootDeviceId: required('GRUB2_BOOT_DEVICE_ID'),
      prepareRoot: required('GRUB2_PREPARE_ROOT_CACHE'),
    }),
  );
}
