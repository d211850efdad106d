/** Stands in for `import.meta.url` in the bundle. */
export const bundleUrl = `file://${encodeURI(__filename).replace(/[?#]/g, encodeURIComponent)}`;
