/** Plain enough for an old Node to parse, so that it can say what is wrong. */

const OLDEST = { major: 20, minor: 19 };

export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  console.error(`ost needs Node ${OLDEST.major}.${OLDEST.minor} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
