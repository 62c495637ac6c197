//! Operators and calls that look right and are not, here so that the compiler says what to write. None can be
//! called: what the operators ask of the other side is a trait that nothing has, and the functions are private.

use core::ops::{Add, Div, Mul, Sub};

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::gradient::{ATransposed, Gradient};
use crate::network::Network;
use crate::shapes::roles::{A, Delta, DjDa, Z};
use crate::shapes::theta::{BigDelta, DjDTheta, Theta};

macro_rules! refused {
    ($($right:ident $message:literal, $label:literal:
        $($(#[$when:meta])* [$($generics:tt)*] $operator:ident $call:ident $left:ty,)*
    )*) => {$(
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        #[doc(hidden)]
        pub trait $right: Sized {
            /// What comes out, which is nothing; so what is done with it is no second error.
            type Output;

            /// Nothing has it.
            fn none<T>(self) -> T;
        }

        $(
            $(#[$when])*
            impl<$($generics)*, Right: $right> $operator<Right> for $left {
                type Output = Right::Output;

                fn $call(self, right: Right) -> Self::Output {
                    right.none()
                }
            }
        )*
    )*};
}

refused! {
    TimesTheta "Θ is multiplied by reference: `&theta * &a`, and Θᵀ as `theta.transpose() * &delta`",
    "the Θ on the left needs a `&`":
        [L, T, const S_OUT: usize, const S_IN: usize] Mul mul Theta<L, T, S_OUT, S_IN>,

    TimesDelta "δ is multiplied by reference: `&delta * a.transpose()`",
    "the δ on the left needs a `&`":
        [L, T, const S: usize] Mul mul Delta<L, T, S>,

    TimesDjDa "the product entry by entry is `hadamard`: `(theta.transpose() * &delta).hadamard(&z.g_prime::<G>(&a))`",
    "`.hadamard(&…)`":
        [L, T, const S: usize] Mul mul DjDa<L, T, S>,
        [L, T, const S: usize] Mul mul &DjDa<L, T, S>,

    MinusA "a − y is δ⁽ᴸ⁾ for a matched cost and output only: `z4.delta::<CrossEntropy, Sigmoid>(&a4, &y)`",
    "as numbers: `a4.vector() - SVector::from(y)`":
        [L, T, const S: usize, G] Sub sub A<L, T, S, G>,
        [L, T, const S: usize, G] Sub sub &A<L, T, S, G>,

    TimesGradient "a step of a whole network is `GradientDescent::new(rate)?.step(&mut net, &gradient)?`",
    "of one Θ it is `net.theta1 -= &gradient.theta1 * rate`":
        [N: Network] Mul mul Gradient<N>,
        [N: Network] Mul mul &Gradient<N>,
        #[cfg(feature = "alloc")]
        [N: Network] Mul mul Box<Gradient<N>>,
        #[cfg(feature = "alloc")]
        [N: Network] Mul mul &Box<Gradient<N>>,

    TimesSlope "∂J/∂Θ is multiplied with a rate by reference: `theta1 -= &gradient.theta1 * rate`",
    "the ∂J/∂Θ on the left needs a `&`":
        [L, T, const S_OUT: usize, const S_IN: usize] Mul mul DjDTheta<L, T, S_OUT, S_IN>,

    TimesATransposed "δ stands in front of aᵀ, and Δ takes the outer product: `big_delta1 += &delta2 * a1.transpose()`",
    "`&delta * a.transpose()`":
        ['a, L, T, const S: usize] Mul mul ATransposed<'a, L, T, S>,

    PlusSlope "λΘ is in ∂J/∂Θ already: `big_delta1.finish(&theta1, m, &lambda)`",
    "of a network the λ is handed to `cost_and_gradient`":
        [L, T, const S_OUT: usize, const S_IN: usize] Add add DjDTheta<L, T, S_OUT, S_IN>,
        [L, T, const S_OUT: usize, const S_IN: usize] Add add &DjDTheta<L, T, S_OUT, S_IN>,

    OverM "Δ/m + λΘ is made in place: `big_delta1.finish(&theta1, m, &lambda)`",
    "`.finish(…)`":
        [L, T, const S_OUT: usize, const S_IN: usize] Div div BigDelta<L, T, S_OUT, S_IN>,

    MinusTheta "a step is in place: `theta1 -= &gradient.theta1 * rate`",
    "`-=`":
        [L, T, const S_OUT: usize, const S_IN: usize] Sub sub Theta<L, T, S_OUT, S_IN>,
        [L, T, const S_OUT: usize, const S_IN: usize] Sub sub &Theta<L, T, S_OUT, S_IN>,
}

macro_rules! refused_by_scalars {
    ($($of:ident $message:literal, $label:literal:
        $($(#[$when:meta])* [$($generics:tt)*] $operator:ident $call:ident $scalar:ident, $right:ty,)*
    )*) => {$(
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        #[doc(hidden)]
        pub trait $of: Sized {
            /// What comes out, which is nothing.
            type Output;

            /// Nothing has it.
            fn none<T>(self) -> T;
        }

        $(
            $(#[$when])*
            impl<$($generics)*> $operator<$right> for $scalar
            where
                $right: $of,
            {
                type Output = <$right as $of>::Output;

                fn $call(self, right: $right) -> Self::Output {
                    right.none()
                }
            }
        )*
    )*};
}

// One scalar for each type on the right, by which the compiler knows what `0.1` is.
refused_by_scalars! {
    Scaled "a rate is multiplied with ∂J/∂Θ by reference: `theta1 -= 0.1 * &gradient.theta1`",
    "on the right `&gradient.theta1` is needed":
        [L, const S_OUT: usize, const S_IN: usize] Mul mul f32, DjDTheta<L, f32, S_OUT, S_IN>,
        [L, const S_OUT: usize, const S_IN: usize] Mul mul f64, DjDTheta<L, f64, S_OUT, S_IN>,
        [L, const S_OUT: usize, const S_IN: usize] Mul mul f32, Theta<L, f32, S_OUT, S_IN>,
        [L, const S_OUT: usize, const S_IN: usize] Mul mul f64, Theta<L, f64, S_OUT, S_IN>,
        ['a, L, const S_OUT: usize, const S_IN: usize] Mul mul f32, &'a Theta<L, f32, S_OUT, S_IN>,
        ['a, L, const S_OUT: usize, const S_IN: usize] Mul mul f64, &'a Theta<L, f64, S_OUT, S_IN>,

    ScaledDelta "Δ is no step, ∂J/∂Θ is: `theta1 -= 0.1 * &*big_delta1.finish(&theta1, m, &lambda)`",
    "Δ/m + λΘ is needed":
        [L, const S_OUT: usize, const S_IN: usize] Mul mul f32, BigDelta<L, f32, S_OUT, S_IN>,
        [L, const S_OUT: usize, const S_IN: usize] Mul mul f64, BigDelta<L, f64, S_OUT, S_IN>,
        ['a, L, const S_OUT: usize, const S_IN: usize] Mul mul f32, &'a BigDelta<L, f32, S_OUT, S_IN>,
        ['a, L, const S_OUT: usize, const S_IN: usize] Mul mul f64, &'a BigDelta<L, f64, S_OUT, S_IN>,

    ScaledError "δ is no step, ∂J/∂Θ is: Δ takes the outer product, `big_delta1 += &delta2 * a1.transpose()`",
    "as numbers: `0.1 * delta2.vector()`":
        [L, const S: usize] Mul mul f32, Delta<L, f32, S>,
        [L, const S: usize] Mul mul f64, Delta<L, f64, S>,
        ['a, L, const S: usize] Mul mul f32, &'a Delta<L, f32, S>,
        ['a, L, const S: usize] Mul mul f64, &'a Delta<L, f64, S>,

    LessA "g′ is a method: `z2.g_prime::<Sigmoid>(&a2)`",
    "as numbers: `a2.vector().map(|a| 1.0 - a)`":
        [L, const S: usize, G] Sub sub f32, A<L, f32, S, G>,
        [L, const S: usize, G] Sub sub f64, A<L, f64, S, G>,
        ['a, L, const S: usize, G] Sub sub f32, &'a A<L, f32, S, G>,
        ['a, L, const S: usize, G] Sub sub f64, &'a A<L, f64, S, G>,

    ScaledGradient "a step of a whole network is `GradientDescent::new(rate)?.step(&mut net, &gradient)?`",
    "of one Θ it is `net.theta1 -= rate * &gradient.theta1`":
        [N: Network] Mul mul f64, Gradient<N>,
        ['a, N: Network] Mul mul f64, &'a Gradient<N>,
        #[cfg(feature = "alloc")]
        [N: Network] Mul mul f64, Box<Gradient<N>>,
        #[cfg(feature = "alloc")]
        ['a, N: Network] Mul mul f64, &'a Box<Gradient<N>>,
}

// What is made by a constructor of another name, or by its fields. Private, so that the compiler quotes the line of
// what is called, with what stands behind it.
#[rustfmt::skip]
#[allow(dead_code, reason = "what is called is an error")]
mod constructors {
    use nalgebra::RealField;

    use crate::data::{MinMax, Standardize};
    use crate::error::Error;
    use crate::heads::{Categorical, Gaussian};
    use crate::update::{AdagradSettings, AdamSettings, Clip, Learning, RmsPropSettings, Schedule};
    use crate::{A, BigDeltas, Delta, DjDa, Gradient, Network, Theta, Z};
    #[cfg(feature = "alloc")]
    use crate::{FloatNetwork, train::{Classifier, EarlyStopping, Regressor}};

    impl<L, T, const S: usize> A<L, T, S> {
        fn new(entries: [T; S]) -> Self { entries.into() } // `A::from([0.5, 0.2])`
    }

    impl<L, T, const S: usize> Z<L, T, S> {
        fn new(entries: [T; S]) -> Self { entries.into() } // `Z::from([0.5, 0.2])`
    }

    impl<L, T, const S: usize> Delta<L, T, S> {
        fn new(entries: [T; S]) -> Self { entries.into() } // `Delta::from([0.5, 0.2])`
    }

    impl<L, T, const S: usize> DjDa<L, T, S> {
        fn new(entries: [T; S]) -> Self { entries.into() } // `DjDa::from([0.5, 0.2])`
    }

    impl<L, T: RealField, const S_OUT: usize, const S_IN: usize> Theta<L, T, S_OUT, S_IN> {
        fn seeded(_: u64) -> Self { Self::zeros() } // drawn with a network, `Net::seeded(1).theta1`, or `Theta::new(bias, weights)`
        fn random<R>(_: R) -> Self { Self::zeros() } // drawn with a network, `Net::seeded(1).theta1`, or `Theta::new(bias, weights)`
    }

    impl<N: Network> BigDeltas<N> {
        fn new() -> Self { Self::zeros() } // `BigDeltas::zeros()`, or on the heap `BigDeltas::boxed()`
    }

    impl<N: Network> Gradient<N> {
        fn new() -> Self { Self::zeros() } // `Gradient::zeros()`, or on the heap `Gradient::boxed()`
    }

    impl<T: RealField> AdamSettings<T> {
        fn new(rate: T) -> Self { Self { rate, ..Self::default() } } // `AdamSettings { rate: 0.01, ..Default::default() }`
    }

    impl<T: RealField> RmsPropSettings<T> {
        fn new(rate: T) -> Self { Self { rate, ..Self::default() } } // `RmsPropSettings { rate: 0.01, ..Default::default() }`
    }

    impl<T: RealField> AdagradSettings<T> {
        fn new(rate: T) -> Self { Self { rate, ..Self::default() } } // `AdagradSettings { rate: 0.01, ..Default::default() }`
    }

    impl<N: Network> Learning<N> {
        fn new(_: &N) -> Self { Self::all() } // `Learning::all()`, from which layers are frozen
    }

    impl<T: RealField> Clip<T> {
        fn new(most: T) -> Result<Self, Error> { Self::norm(most) } // `Clip::norm(1.0)` of ∇J, or `Clip::value(1.0)` of each entry
    }

    impl Schedule {
        fn new(_: f64) -> Self { Self::constant() } // `constant`, `step`, `exponential`, `inverse`, `cosine` or `one_cycle`
    }

    impl<V, const K: usize> Categorical<V, K> {
        fn new(z: [V; K]) -> Self { Self { z } } // `Categorical { z }`
    }

    impl<V, const D: usize> Gaussian<V, D> {
        fn new(mean: [V; D], log_sigma: [V; D]) -> Self { Self { mean, log_sigma } } // `Gaussian { mean, log_sigma }`
    }

    impl<T: RealField, const S: usize> Standardize<T, S> {
        fn new() -> Result<Self, Error> { Self::fit(&[]) } // `Standardize::fit(&examples)`, and then `scales.apply(&mut examples)`
    }

    impl<T: RealField, const S: usize> MinMax<T, S> {
        fn new() -> Result<Self, Error> { Self::fit(&[]) } // `MinMax::fit(&examples)`, and then `scales.apply(&mut examples)`
    }

    #[cfg(feature = "alloc")]
    impl<N: FloatNetwork> Classifier<N> {
        fn new() -> Self { Self::seeded(0) } // `Classifier::seeded(0)`, or `Classifier::of(net)` with a trained one in a `Box`
    }

    #[cfg(feature = "alloc")]
    impl<N: FloatNetwork> Regressor<N> {
        fn new() -> Self { Self::seeded(0) } // `Regressor::seeded(0)`, or `Regressor::of(net)` with a trained one in a `Box`
    }

    #[cfg(feature = "alloc")]
    impl EarlyStopping {
        fn new(epochs: usize) -> Self { Self::patience(epochs) } // `EarlyStopping::patience(10)`
    }
}

// What is a method of single numbers, or of nalgebra's vectors. Private and tokens of their own, as above.
macro_rules! of_numbers {
    ($methods:tt) => {
        of_numbers!($methods [Z<L, T, S>] [Delta<L, T, S>] [A<L, T, S, G>, G]);
    };
    ($methods:tt $([$role:ty $(, $made:ident)?])*) => {$(
        #[allow(dead_code, clippy::unused_self, reason = "what is called is an error")]
        impl<L, T, const S: usize $(, $made)?> $role $methods
    )*};
}

of_numbers! {{
    fn exp(&self) {} // of its numbers: `.vector().map(|number| number.exp())`
    fn ln(&self) {} // of its numbers: `.vector().map(|number| number.ln())`
    fn abs(&self) {} // of its numbers: `.vector().abs()`
    fn max(&self) {} // of its numbers: `.vector().max()`
    fn min(&self) {} // of its numbers: `.vector().min()`
    fn norm(&self) {} // of its numbers: `.vector().norm()`
    fn dot(&self) {} // of its numbers: `.vector().dot(other.vector())`
    fn iter(&self) {} // over its numbers: `.array().iter()`
    fn len(&self) {} // of its numbers: `.array().len()`
}}

/// What a network does not take with `-=`: [`network!`](crate::network) writes the operator, so that the
/// line of a step that is refused is one error, and not one for each of its operators. Of what is no step at
/// all the compiler says that this is expected: an optimizer makes it, and not an operator.
#[doc(hidden)]
#[derive(Debug)]
pub enum OptimizerStep {}

/// What is called as nalgebra's macros are, which are in a feature of nalgebra that this crate does not ask for.
#[doc(hidden)]
#[macro_export]
macro_rules! __of_nalgebra {
    ($($any:tt)*) => {
        $crate::__core::compile_error!(
            "`vector!` and `matrix!` are in nalgebra's feature `macros`: depend on it, or write `SVector::from([\u{2026}])`"
        )
    };
}
