/** What is used of the engine's WebAssembly; TypeScript knows it only together with a browser's objects. */
declare namespace WebAssembly {
  type Module = object;
  const Module: new (bytes: Uint8Array) => Module;
  class Instance {
    readonly exports: unknown;
    constructor(module: Module, imports: Record<string, Record<string, (...values: number[]) => unknown>>);
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
}
