//! Registers of AVX2 and AVX-512.
//!
//! Every `unsafe` block here is a call of an intrinsic, which is safe to execute on processors
//! that have it: a value of one of these types exists only below [`avx2`] or [`avx512`], or in what
//! [`Each::current`](super::Each) has chosen (see [`Lanes`]), where the processor has them.

use core::arch::x86_64::{__cpuid, CpuidResult};
use core::sync::atomic::{AtomicU8, Ordering};

use super::{Float, Task};

/// Runs `task` with AVX-512.
///
/// # Safety
///
/// [`has_avx512`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2")]
pub(super) unsafe fn avx512<T: Float, K: Task<T>>(task: K) -> K::Output {
    task.run::<T::Avx512>()
}

/// Runs `task` with AVX2 and FMA.
///
/// # Safety
///
/// [`has_avx2`].
#[target_feature(enable = "avx2,fma,bmi2")]
pub(super) unsafe fn avx2<T: Float, K: Task<T>>(task: K) -> K::Output {
    task.run::<T::Avx2>()
}

macro_rules! detected {
    ($($feature:tt)*) => {{
        #[cfg(feature = "std")]
        let found = $(std::arch::is_x86_feature_detected!($feature))&&*;
        #[cfg(not(feature = "std"))]
        let found = $(cfg!(target_feature = $feature))&&*;
        found
    }};
}

pub(super) fn has_avx512() -> bool {
    has_avx2() && detected!("avx512f" "avx512bw" "avx512dq" "avx512vl")
}

pub(super) fn has_avx2() -> bool {
    detected!("avx2" "fma" "bmi2")
}

// 0: not asked yet; else 1 for another maker, 2 for Intel.
static MAKER: AtomicU8 = AtomicU8::new(0);

/// Whether the processor is Intel's; it is asked once, as `cpuid` takes thousands of cycles in a virtual machine.
pub(super) fn is_intel() -> bool {
    match MAKER.load(Ordering::Relaxed) {
        0 => {
            #[allow(unused_unsafe, reason = "it is safe in newer compilers")]
            // SAFETY: every processor of x86-64 has it.
            let CpuidResult { ebx, ecx, edx, .. } = unsafe { __cpuid(0) };
            let is_intel = [ebx, edx, ecx].map(u32::to_le_bytes).as_flattened() == b"GenuineIntel";
            let asked = 1 + u8::from(is_intel);
            // What a test pretends meanwhile stays.
            let said = MAKER.compare_exchange(0, asked, Ordering::Relaxed, Ordering::Relaxed);
            said.map_or_else(|said| said, |_| asked) == 2
        }
        maker => maker == 2,
    }
}

#[cfg(all(test, feature = "std"))]
pub(super) fn pretend(is_intel: bool) {
    MAKER.store(1 + u8::from(is_intel), Ordering::Relaxed);
}

/// A register and the operations that differ in nothing but the intrinsic's name.
macro_rules! register {
    (
        $(#[$doc:meta])*
        $name:ident($raw:ty) of $lanes:literal $scalar:ty, $registers:literal, $narrow:ty,
        $feature:literal, $call:ident $product:ident $transpose:ident $products:ident;
        $set1:ident $loadu:ident $storeu:ident $add:ident $sub:ident $mul:ident $div:ident
        $sqrt:ident $fmadd:ident $max:ident $min:ident;
        entries { $($entries:item)* }
        $($own:item)*
    ) => {
        // In front of those of `core::arch`.
        #[cfg(unoptimized)]
        use super::unoptimized::{
            $set1, $loadu, $storeu, $add, $sub, $mul, $div, $sqrt, $fmadd, $max, $min,
        };

        $(#[$doc])*
        #[derive(Copy)]
        #[repr(transparent)]
        pub struct $name(pub(super) $raw);

        // Derived, it would not be inlined everywhere.
        impl Clone for $name {
            #[inline(always)]
            fn clone(&self) -> Self {
                *self
            }
        }

        impl Add for $name {
            type Output = Self;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(unsafe { $add(self.0, other.0) })
            }
        }

        impl Sub for $name {
            type Output = Self;

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(unsafe { $sub(self.0, other.0) })
            }
        }

        impl Mul for $name {
            type Output = Self;

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self(unsafe { $mul(self.0, other.0) })
            }
        }

        impl Div for $name {
            type Output = Self;

            #[inline(always)]
            fn div(self, other: Self) -> Self {
                Self(unsafe { $div(self.0, other.0) })
            }
        }

        impl Neg for $name {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                self.negated()
            }
        }

        #[diagnostic::do_not_recommend]
        impl Real for $name {
            #[inline(always)]
            fn constant(value: f64) -> Self {
                Self::splat(value as $scalar)
            }

            elementary_functions! { $scalar: exp exp_m1 ln ln_1p tanh sigmoid softplus }

            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(unsafe { $sqrt(self.0) })
            }

            #[inline(always)]
            fn abs(self) -> Self {
                self.magnitude()
            }

            #[inline(always)]
            fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self {
                self.chosen(other, then, otherwise)
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(unsafe { $max(self.0, other.0) })
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(unsafe { $min(self.0, other.0) })
            }
        }

        impl Entries for $name {
            type Scalar = $scalar;
            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(value: $scalar) -> Self {
                Self(unsafe { $set1(value) })
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                Self(unsafe { $loadu(from) })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                unsafe { $storeu(to, self.0) }
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                Self(unsafe { $fmadd(self.0, factor.0, term.0) })
            }

            $($entries)*
        }

        impl Lanes for $name {
            #[cfg(not(unoptimized))]
            type Wide = Self;
            #[cfg(unoptimized)]
            type Wide = super::unoptimized::Wide<Self>;
            type Alone = Self;
            type Narrow = $narrow;
            const REGISTERS: usize = $registers;

            #[inline(always)]
            fn prefetch(at: *const $scalar) {
                unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
            }

            #[inline]
            fn call<K: Task<$scalar>>(task: K) -> K::Output {
                #[target_feature(enable = $feature)]
                #[inline(never)]
                unsafe fn $call<T: Task<$scalar>>(task: T) -> T::Output {
                    task.run::<$name>()
                }
                unsafe { $call(task) }
            }

            #[cfg(unoptimized)]
            #[inline(always)]
            unsafe fn add_products(tile: crate::fast::product::Tile<$scalar>) {
                unsafe { super::unoptimized::$products(tile) }
            }

            fn product(product: &mut Product<'_, $scalar>) -> $scalar {
                #[target_feature(enable = $feature)]
                unsafe fn $product(product: &mut Product<'_, $scalar>) -> $scalar {
                    product.run::<$name>()
                }
                unsafe { $product(product) }
            }

            fn transpose(transpose: &mut Transpose<'_, $scalar>) {
                #[target_feature(enable = $feature)]
                unsafe fn $transpose(transpose: &mut Transpose<'_, $scalar>) {
                    transpose.run::<$name>();
                }
                unsafe { $transpose(transpose) }
            }

            $($own)*
        }
    };
}

// Behind the macro, which they use.
mod avx2;

mod avx512;

#[cfg(any(unoptimized, all(test, feature = "std")))]
mod unoptimized;

pub use avx2::{F32x8, F64x4};
pub use avx512::{F32x16, F64x8};
