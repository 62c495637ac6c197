//! Says where the crate is compiled without optimization, or with little, as no `cfg` of the compiler's does, and what
//! registers the target's processors have.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(unoptimized, shared, narrow, soft_float, vfp, slow_vmla)");
    println!("cargo::rustc-check-cfg=cfg(neon, simd128, several_sets)");
    println!("cargo::rustc-check-cfg=cfg(rust_analyzer)"); // set by the language server of that name
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let feature = |wanted: &str| {
        let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
        features.split(',').any(|feature| feature == wanted)
    };
    // What stands for intrinsics is assembly: Miri reads none, and ours has pointers of 64 bits.
    let is_miri = env::var_os("CARGO_CFG_MIRI").is_some();
    let is_64_bit = is("CARGO_CFG_TARGET_POINTER_WIDTH", "64");
    if is("OPT_LEVEL", "0") && is_64_bit && !is_miri {
        println!("cargo::rustc-cfg=unoptimized");
    }
    // The compiler lets crates take what is generic from another one that has it compiled.
    if is("OPT_LEVEL", "0") || is("OPT_LEVEL", "1") {
        println!("cargo::rustc-cfg=shared");
    }
    let arch = |name| is("CARGO_CFG_TARGET_ARCH", name);
    let has_neon = arch("aarch64") && feature("neon") && is("CARGO_CFG_TARGET_ENDIAN", "little");
    if has_neon {
        println!("cargo::rustc-cfg=neon");
    }
    if arch("wasm32") && feature("simd128") {
        println!("cargo::rustc-cfg=simd128");
    }
    // Where instructions are chosen at run time, or can be pinned.
    if has_neon || arch("x86_64") {
        println!("cargo::rustc-cfg=several_sets");
    }
    // Microcontrollers: no number beside another in a register, and at most 32 registers of one. Arrays of
    // four are more than these hold, and where the crate is optimized for size they stay in memory.
    let has_vectors = ["neon", "sse2", "simd128", "v"].into_iter().any(feature);
    if !is_64_bit && !has_vectors {
        println!("cargo::rustc-cfg=narrow");
        // On these an operation is a call, around which a sum stays in a register only if it is alone.
        let is_arm = arch("arm") && !is("CARGO_CFG_TARGET_ABI", "eabihf");
        let is_riscv = arch("riscv32") && !feature("f");
        if is_arm || is_riscv {
            println!("cargo::rustc-cfg=soft_float");
        } else if arch("arm") && !is_miri {
            println!("cargo::rustc-cfg=vfp");
            // These take longer for a product and its sum in one instruction than in two.
            let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
            let slow = ["target-cpu=cortex-m4", "target-cpu=cortex-m33"];
            if slow.into_iter().any(|cpu| flags.contains(cpu)) {
                println!("cargo::rustc-cfg=slow_vmla");
            }
        }
    }
}
