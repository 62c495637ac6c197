//! Says where the crate is compiled without optimization, as no `cfg` of the compiler's does.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(unoptimized)");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    // What stands for intrinsics is assembly: Miri reads none, and ours has pointers of 64 bits.
    let is_miri = env::var_os("CARGO_CFG_MIRI").is_some();
    let is_64_bit = is("CARGO_CFG_TARGET_POINTER_WIDTH", "64");
    if is("OPT_LEVEL", "0") && is_64_bit && !is_miri {
        println!("cargo::rustc-cfg=unoptimized");
    }
}
