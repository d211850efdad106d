/**
 * @param {string} readme
 * @returns {string | undefined} its first block of TypeScript or JavaScript
 */
export function firstExample(readme) {
  return /^```(?:ts|js|typescript|javascript)\b[^\n]*\n([\s\S]*?)^```/m.exec(readme)?.[1];
}
