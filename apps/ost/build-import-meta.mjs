/** Stands in for `import.meta.url` in the bundle. */
export const bundleUrl = new URL(`file://${encodeURI(__filename).replace(/[?#]/g, encodeURIComponent)}`).href;
