//! What a program takes that does nothing; and whether the timer counts instructions.

#![cfg_attr(target_os = "none", no_std, no_main)]

use constprop_embedded::board::{instructions, measure, println};

/// A loop of so many instructions.
fn known() {
    #[cfg(target_arch = "arm")]
    // SAFETY: it counts a register down.
    unsafe {
        core::arch::asm!("2: subs {0}, {0}, #1", "bne 2b", inout(reg) 50_000 => _)
    };
    #[cfg(target_arch = "riscv32")]
    // SAFETY: it counts a register down.
    unsafe {
        core::arch::asm!("2: addi {0}, {0}, -1", "bnez {0}, 2b", inout(reg) 50_000 => _)
    };
}

constprop_embedded::program!({
    println!("100000 instructions: {}", instructions(20, known));
    measure("nothing", |_: &[f32; 13]| ());
});
