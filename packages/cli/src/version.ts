/** Release of libostree whose command line and formats this one follows. */
export const LIBOSTREE_VERSION = '2022.7';

/** What this build can do, in libostree's words; scripts look for them. */
export const FEATURES: readonly string[] = ['gpgme', 'libarchive', 'sign-ed25519', 'sign-spki', 'release'];

/** The text of `--version`, which is YAML. */
export function versionText(): string {
  const lines = ['libostree:', ` Version: '${LIBOSTREE_VERSION}'`, ' Features:', ...FEATURES.map((f) => `  - ${f}`)];
  return `${lines.join('\n')}\n`;
}
