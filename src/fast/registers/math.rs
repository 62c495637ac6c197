//! The elementary functions, computed in registers: written once, for every instruction set.
//!
//! No function branches on a value, and none divides more than once. The series are own fits,
//! minimax in relative error: least squares on Chebyshev nodes, reweighted (Lawson) until the
//! errors are level, in 50 digits; then one coefficient after another is rounded, from the lowest
//! on, and those left are fitted anew. They are summed in pairs (Estrin), so that the chain of
//! operations that wait for each other is short.
//!
//! Each function states its largest error, measured in units in the last place (ulp) of the exact
//! result, which may be subnormal; `tests.rs` measures it again.

mod double;
mod single;

#[cfg(all(test, feature = "std"))]
mod tests;

use super::{Float, Lanes};

macro_rules! float {
    ($scalar:ident: $single:ident $portable:ident $avx2:ident $avx512:ident $neon:ident, $module:ident $($function:ident)*) => {
        impl Float for $scalar {
            type Portable = super::portable::$portable;

            #[cfg(any(narrow, all(test, feature = "std")))]
            type Single = super::portable::$single;

            #[cfg(target_arch = "x86_64")]
            type Avx2 = super::x86::$avx2;

            #[cfg(target_arch = "x86_64")]
            type Avx512 = super::x86::$avx512;

            #[cfg(neon)]
            type Neon = super::neon::$neon;

            $(
                #[inline(always)]
                fn $function<V: Lanes<Scalar = Self>>(x: V) -> V {
                    $module::$function(x)
                }
            )*
        }
    };
}

float! { f32: F32x1 F32x4 F32x8 F32x16 F32x8, single exp exp_m1 ln ln_1p tanh sigmoid softplus }

float! { f64: F64x1 F64x2 F64x4 F64x8 F64x4, double exp exp_m1 ln ln_1p tanh sigmoid softplus }
