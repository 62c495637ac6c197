//! Where flash and RAM of the emulated boards lie, for the linker scripts of the crates that start a program.

use std::path::PathBuf;
use std::{env, fs};

/// MPS2 with AN386: a Cortex-M4 with floating point unit.
const MPS2: &str = "
MEMORY {
    FLASH : ORIGIN = 0x00000000, LENGTH = 4M
    RAM : ORIGIN = 0x20000000, LENGTH = 4M
}
";

/// BBC micro:bit, nRF51822: a Cortex-M0.
const MICROBIT: &str = "
MEMORY {
    FLASH : ORIGIN = 0x00000000, LENGTH = 256K
    RAM : ORIGIN = 0x20000000, LENGTH = 16K
}
";

/// QEMU's machine virt: flash is the beginning of its RAM.
const VIRT: &str = r#"
MEMORY {
    FLASH : ORIGIN = 0x80000000, LENGTH = 1M
    RAM : ORIGIN = 0x80100000, LENGTH = 1M
}
REGION_ALIAS("REGION_TEXT", FLASH);
REGION_ALIAS("REGION_RODATA", FLASH);
REGION_ALIAS("REGION_DATA", RAM);
REGION_ALIAS("REGION_BSS", RAM);
REGION_ALIAS("REGION_HEAP", RAM);
REGION_ALIAS("REGION_STACK", RAM);
"#;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = env::var("TARGET").expect("cargo sets it");
    if !target.contains("-none-") {
        return;
    }
    let is_riscv = target.starts_with("riscv");
    let memory = match target.as_str() {
        "thumbv6m-none-eabi" => MICROBIT,
        _ if is_riscv => VIRT,
        _ => MPS2,
    };
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(folder.join("memory.x"), memory).expect("the folder is there");
    println!("cargo::rustc-link-search={}", folder.display());
    // Both crates have a script `link.x`; that for Cortex-M reads `memory.x` itself.
    if is_riscv {
        println!("cargo::rustc-link-arg-bins=-Tmemory.x");
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
}
