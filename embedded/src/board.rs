//! An emulated board: how a program starts, speaks, counts its instructions and ends. On the host only what
//! `learn` needs.

#[cfg(target_os = "none")]
pub use semihosting::println;
#[cfg(not(target_os = "none"))]
pub use std::println;

#[cfg(all(target_os = "none", target_arch = "arm"))]
pub use cortex_m_rt::entry;
#[cfg(all(target_os = "none", target_arch = "riscv32"))]
pub use riscv_rt::entry;

use core::hint::black_box;

use crate::stream::Stream;

/// Whatever panics is told of by the status that Rust's own programs have.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    semihosting::process::exit(101)
}

/// The end of a program.
#[cfg(target_os = "none")]
pub fn exit() -> ! {
    semihosting::process::exit(0)
}

/// Starts the program anew. What is in `.uninit` stays.
#[cfg(all(target_os = "none", target_arch = "arm"))]
pub fn reset() -> ! {
    // SAFETY: the register that asks for a reset (AIRCR), with its key.
    unsafe { (0xE000_ED0C as *mut u32).write_volatile(0x05FA_0004) };
    loop {}
}

/// Starts the program anew. What is in `.uninit` stays.
#[cfg(all(target_os = "none", target_arch = "riscv32"))]
pub fn reset() -> ! {
    // SAFETY: the machine's device for tests, with the number that asks for a reset.
    unsafe { (0x0010_0000 as *mut u32).write_volatile(0x7777) };
    loop {}
}

/// The processor's own timer. Under `-icount shift=0` an instruction takes a nanosecond: a tick is as many
/// instructions as it takes nanoseconds.
#[cfg(all(target_os = "none", target_arch = "arm"))]
mod timer {
    const SYST: *mut u32 = 0xE000_E010 as *mut u32;
    const LAST: u32 = 0x00ff_ffff;

    /// The MPS2 board has a clock of 25 MHz, the micro:bit's nRF51822 one of 16.
    #[cfg(target_feature = "thumb2")]
    pub const NANOSECONDS_OF_TWO_TICKS: u64 = 80;
    #[cfg(not(target_feature = "thumb2"))]
    pub const NANOSECONDS_OF_TWO_TICKS: u64 = 125;

    /// Begins to count down from the last number.
    pub fn start() {
        // SAFETY: SysTick's registers: reload, current value, control.
        unsafe {
            SYST.add(1).write_volatile(LAST);
            SYST.add(2).write_volatile(0);
            SYST.write_volatile(0b101);
            while SYST.add(2).read_volatile() == 0 {}
        }
    }

    /// Ticks so far, modulo 2²⁴.
    pub fn now() -> u32 {
        // SAFETY: SysTick's current value.
        LAST - unsafe { SYST.add(2).read_volatile() }
    }
}

#[cfg(all(target_os = "none", target_arch = "riscv32"))]
mod timer {
    pub const NANOSECONDS_OF_TWO_TICKS: u64 = 2;

    pub fn start() {}

    /// Instructions so far.
    pub fn now() -> u32 {
        let instructions;
        // SAFETY: it reads a counter.
        unsafe { core::arch::asm!("csrr {}, minstret", out(reg) instructions) };
        instructions
    }
}

#[cfg(not(target_os = "none"))]
mod timer {
    pub const NANOSECONDS_OF_TWO_TICKS: u64 = 0;

    pub fn start() {}

    pub fn now() -> u32 {
        0
    }
}

/// Instructions of one `call`, of as many as are measured together; 0 on the host.
pub fn instructions(calls: u32, mut call: impl FnMut()) -> u32 {
    timer::start();
    let start = timer::now();
    for _ in 0..calls {
        call();
    }
    let ticks = u64::from(timer::now().wrapping_sub(start));
    let instructions = ticks * timer::NANOSECONDS_OF_TWO_TICKS / 2;
    ((instructions + u64::from(calls / 2)) / u64::from(calls)) as u32
}

/// Calls that are measured together: so many that what is less than a tick does not count.
const CALLS: u32 = if cfg!(target_abi = "eabihf") { 400 } else { 8 };

/// Prints what `call` takes with 16 random inputs: the least and the most.
pub fn measure<const S: usize>(name: &str, mut call: impl FnMut(&[f32; S])) {
    let mut stream = Stream::new(1);
    let (mut least, mut most) = (u32::MAX, 0);
    for _ in 0..16 {
        let x = stream.numbers();
        let taken = instructions(CALLS, || call(black_box(&x)));
        (least, most) = (least.min(taken), most.max(taken));
    }
    println!("{name}: {least} to {most} instructions");
}

/// The program: what it does, and its end.
#[macro_export]
macro_rules! program {
    ($body:expr) => {
        #[cfg(target_os = "none")]
        #[$crate::board::entry]
        fn main() -> ! {
            $body;
            $crate::board::exit()
        }

        #[cfg(not(target_os = "none"))]
        fn main() {
            $body;
        }
    };
}

/// A program that measures a call with one example of 13-64-64-4, whose weights are in flash.
#[macro_export]
macro_rules! one_example {
    ($call:ident, $activation:ident) => {
        use core::hint::black_box;

        use constprop::prelude::*;

        network! {
            pub struct Policy(13 => 64 $activation => 64 $activation => 4 Identity) minimizing HalfSquaredError;
        }

        /// Each is 0.04, the `f32` of these bits.
        // SAFETY: all bits are a number, and a network is its parameters and nothing else.
        static POLICY: Policy<f32> =
            unsafe { core::mem::transmute([0x3d23_d70a_u32; Policy::<f32>::PARAMETERS]) };

        $crate::program!($crate::board::measure(
            concat!("13-64-64-4 ", stringify!($activation), ", ", stringify!($call)),
            |x| {
                black_box(black_box(&POLICY).$call(x));
            }
        ));
    };
}
