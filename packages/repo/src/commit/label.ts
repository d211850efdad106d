import { canonicalXattrs, compareBytes, type Xattr, type Xattrs } from '@ost/objects';

/** The attributes with a label among them: one of the same name gives way, and the order stays canonical. */
export function addLabel(xattrs: Xattrs, label: Xattr | null): Xattrs {
  if (label === null) return xattrs;
  return canonicalXattrs([...xattrs.filter((x) => compareBytes(x.name, label.name) !== 0), label]);
}
