// Runs a WebAssembly program of WASI under Node: `node wasi.mjs PROGRAM ARGUMENTS…`.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { WASI } from "node:wasi";

const EAGAIN = 6;

// What Rust's library asks of a libc that Debian's does not have yet: no thread begins.
const threads = {
    pthread_attr_init: () => 0,
    pthread_attr_setstacksize: () => 0,
    pthread_attr_destroy: () => 0,
    pthread_create: () => EAGAIN,
};

const [program, ...args] = process.argv.slice(2);
const module = await WebAssembly.compile(await readFile(program));
const env = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === "env") {
        env[name] = threads[name] ?? (() => { throw new Error(`there is no ${name}`); });
    }
}
const wasi = new WASI({ version: "preview1", args: [program, ...args], env: process.env, preopens: { "/": "/" } });
const instance = await WebAssembly.instantiate(module, { ...wasi.getImportObject(), env });
process.exitCode = wasi.start(instance);
