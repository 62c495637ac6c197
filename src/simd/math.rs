//! The elementary functions, computed in registers: written once, for every instruction set.
//!
//! There are no branches on values and at most one division each. Their errors, in units in the
//! last place, are with each function; `tests.rs` measures them.

mod double;
mod single;

#[cfg(all(test, feature = "std"))]
mod tests;

use super::{Float, Lanes};

macro_rules! float {
    ($scalar:ident: $portable:ident $avx2:ident $avx512:ident, $module:ident $($function:ident)*) => {
        impl Float for $scalar {
            type Portable = super::portable::$portable;

            #[cfg(target_arch = "x86_64")]
            type Avx2 = super::x86::$avx2;

            #[cfg(target_arch = "x86_64")]
            type Avx512 = super::x86::$avx512;

            $(
                #[inline(always)]
                fn $function<V: Lanes<Scalar = Self>>(x: V) -> V {
                    $module::$function(x)
                }
            )*
        }
    };
}

float! { f32: F32x4 F32x8 F32x16, single exp exp_m1 ln ln_1p tanh sigmoid softplus }

float! { f64: F64x2 F64x4 F64x8, double exp exp_m1 ln ln_1p tanh sigmoid softplus }
