import { variant } from '@ost/gvariant';
import { hashOrder, type Metadata, OstError } from '@ost/objects';
import type { MutableTree } from '../tree/mutable-tree.js';

/** Name of the one kernel in the tree: the directory of `usr/lib/modules` that has a `vmlinuz`. */
function kernelVersion(root: MutableTree): string {
  const names = ['usr', 'lib', 'modules'];
  const modules = root.lookup(names);
  if (modules === null) {
    const missing = names.findIndex((_, i) => root.lookup(names.slice(0, i + 1)) === null);
    throw new OstError('not-found', `No such file or directory: /${names.slice(0, missing + 1).join('/')}`);
  }
  const kernels = [...modules.dirs].filter(([, dir]) => dir.files.has('vmlinuz')).map(([name]) => name);
  if (kernels.length === 0) throw new OstError('not-found', 'No kernel found in /usr/lib/modules');
  if (kernels.length > 1)
    throw new OstError('state', 'Multiple kernels found in /usr/lib/modules', { data: { kernels } });
  return kernels[0] as string;
}

/** Adds the marks of a bootable commit; the dictionary ends in libostree's hash order. */
export function bootableMetadata(metadata: Metadata, root: MutableTree): Metadata {
  const linux = kernelVersion(root);
  return hashOrder([...metadata, ['ostree.bootable', variant('b', true)], ['ostree.linux', variant('s', linux)]]);
}
