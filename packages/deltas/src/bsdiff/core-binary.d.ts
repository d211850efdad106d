/** What `assembly/` compiles to: a WebAssembly module as base64. The build puts it beside this package's own modules. */
export declare const coreBinary: string;
