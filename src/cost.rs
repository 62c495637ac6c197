//! The cost of one example, its δ⁽ᴸ⁾, and which output activations it fits.

mod roles;
mod signed;

use nalgebra::RealField;

pub use roles::{Compared, Predicted, Target};
pub use signed::SignedCategoricalCrossEntropy;

use crate::activation::{Sigmoid, ratio};
use crate::error::TargetFault;
use crate::output::{Output, Softmax, largest, sum};
use crate::real::{Real, to_f64};
use crate::shapes::OutputOf;
use crate::shapes::roles::Z;

/// A cost of one example that fits the output activation `H`.
///
/// J over m examples is the mean of these, plus the regularization. A cost that is written in a
/// alone fits every output: implement [`CostOfA`] for it, and the chain rule is done. Implement
/// `Cost<H>` itself for a cost that is matched with one activation, so that δ⁽ᴸ⁾ = a⁽ᴸ⁾ − y.
///
/// | cost | outputs | δ⁽ᴸ⁾ |
/// | --- | --- | --- |
/// | [`CrossEntropy`] | [`Sigmoid`] | a − y |
/// | [`CategoricalCrossEntropy`] | [`Softmax`] | a − y |
/// | [`SignedCategoricalCrossEntropy`] | [`Softmax`] | (Σ y) a − y |
/// | [`HalfSquaredError`] | all | (a − y) ∘ g′(z); a − y on `Identity` |
/// | [`Huber`] | all | (a − y clamped to ±δ) ∘ g′(z) |
///
/// with Dᵀc in place of c ∘ g′ on `Softmax`.
///
/// What ends in `_in_place` does the same in the memory where z lies, as with [`Output`]: the methods
/// that are provided have a few arrays of s_L numbers on the stack; ours have none.
#[diagnostic::on_unimplemented(
    message = "the cost `{Self}` does not fit the output activation `{H}`",
    label = "`HalfSquaredError` fits every output"
)]
pub trait Cost<H: Output>: Send + Sync + 'static {
    /// The name, for summaries and messages.
    const NAME: &'static str;

    /// The cost of one example.
    fn cost<V: Real, const S: usize>(compared: Compared<'_, V, S>) -> V;

    /// δ⁽ᴸ⁾ = ∂cost/∂z.
    fn delta<V: Real, const S: usize>(compared: Compared<'_, V, S>) -> [V; S];

    /// (∂²cost/∂z²) v: the change of δ⁽ᴸ⁾ as z moves along v.
    fn curvature<V: Real, const S: usize>(compared: Compared<'_, V, S>, v: &[V; S]) -> [V; S];

    /// What the Gauss–Newton matrix has in place of it: a product that is positive semidefinite
    /// where the cost is convex. For a matched pair, convex in z, that is the curvature itself, the
    /// default here; for a [`CostOfA`] it is Dᵀ (∂²c/∂a²) D v, without what bends in the output.
    fn gauss_newton<V: Real, const S: usize>(compared: Compared<'_, V, S>, v: &[V; S]) -> [V; S] {
        Self::curvature(compared, v)
    }

    /// [`cost`](Self::cost) from z alone. z is lost.
    #[inline(always)]
    fn cost_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S]) -> V {
        Self::cost(Compared { z, a: Predicted(&H::h(z)), y: Target(y) })
    }

    /// [`cost`](Self::cost) from z alone, with δ⁽ᴸ⁾ in place of z.
    #[inline(always)]
    fn delta_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S]) -> V {
        let a = H::h(z);
        let compared = Compared { z, a: Predicted(&a), y: Target(y) };
        let cost = Self::cost(compared);
        *z = Self::delta(compared);
        cost
    }

    /// [`curvature`](Self::curvature) in place of v, with δ⁽ᴸ⁾ in place of z.
    #[inline(always)]
    fn curvature_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S], v: &mut [V; S]) {
        let a = H::h(z);
        let compared = Compared { z, a: Predicted(&a), y: Target(y) };
        *v = Self::curvature(compared, v);
        *z = Self::delta(compared);
    }

    /// [`gauss_newton`](Self::gauss_newton) in place of v. z is lost.
    #[inline(always)]
    fn gauss_newton_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S], v: &mut [V; S]) {
        *v = Self::gauss_newton(Compared { z, a: Predicted(&H::h(z)), y: Target(y) }, v);
    }

    /// Whether y is something this cost can mean.
    ///
    /// # Errors
    ///
    /// The entry, its value, and what it must be.
    fn check_target<T: RealField>(y: &[T]) -> Result<(), TargetFault>;
}

/// A [`Cost`] with the output activation `H` that it fits. The two are asked for as a pair, so that what does not
/// fit is one error, and so are types in the wrong order, or left out. Every `Cost` is one; it is never implemented
/// by hand.
#[diagnostic::on_unimplemented(
    message = "the cost `{Self}` does not fit the output activation `{H}`",
    label = "`HalfSquaredError` fits every output"
)]
pub trait CostOn<H> {
    /// Nothing, as of [`ColumnsOf`](crate::ColumnsOf).
    #[doc(hidden)]
    type Proof;

    /// [`Cost::cost`].
    #[doc(hidden)]
    fn cost_on<V: Real, const S: usize>(compared: Compared<'_, V, S>) -> V;

    /// [`Cost::delta`].
    #[doc(hidden)]
    fn delta_on<V: Real, const S: usize>(compared: Compared<'_, V, S>) -> [V; S];
}

#[diagnostic::do_not_recommend]
impl<H: Output, C: Cost<H>> CostOn<H> for C {
    type Proof = ();

    #[inline(always)]
    fn cost_on<V: Real, const S: usize>(compared: Compared<'_, V, S>) -> V {
        C::cost(compared)
    }

    #[inline(always)]
    fn delta_on<V: Real, const S: usize>(compared: Compared<'_, V, S>) -> [V; S] {
        C::delta(compared)
    }
}

/// The output activation that the cost `C` is matched with: the one on which δ⁽ᴸ⁾ = a⁽ᴸ⁾ − y.
///
/// A cross-entropy is a [`Cost`] of its match and of nothing else. To implement this for an output
/// of your own is to state that a − y is the cost's derivative there; the property tests of
/// `tests/` show how to hold a pair to it.
pub trait Matched<C>: Output {}

impl Matched<CrossEntropy> for Sigmoid {}

impl Matched<CategoricalCrossEntropy> for Softmax {}

/// A cost that is a sum over the outputs of c(a_i, y_i); it fits every output activation.
///
/// ```
/// use constprop::prelude::*;
///
/// /// Σ ln cosh(a − y), between the squared error and the absolute one.
/// #[derive(Clone, Copy, Debug, Default)]
/// pub struct LogCosh;
///
/// impl CostOfA for LogCosh {
///     const NAME: &'static str = "LogCosh";
///
///     fn cost<V: Real>(a: V, y: V) -> V {
///         let r = a - y;
///         r.clone() + (V::constant(-2.0) * r).softplus() - V::constant(core::f64::consts::LN_2)
///     }
///     fn slope<V: Real>(a: V, y: V) -> V {
///         (a - y).tanh()
///     }
///     fn curvature<V: Real>(a: V, y: V) -> V {
///         let t = (a - y).tanh();
///         V::one() - t.clone() * t
///     }
/// }
///
/// network! {
///     pub struct Robust(2 => 3 Tanh => 1 Identity) minimizing LogCosh;
/// }
/// let net = Robust::<f64>::seeded(0);
/// assert!(net.cost(&[[1.0, 2.0]], &[[3.0]], &Regularization::none()).unwrap() > 0.0);
/// ```
pub trait CostOfA: Send + Sync + 'static {
    /// The name, for summaries and messages.
    const NAME: &'static str;

    /// c(a, y) of one output.
    fn cost<V: Real>(a: V, y: V) -> V;

    /// ∂c/∂a.
    fn slope<V: Real>(a: V, y: V) -> V;

    /// ∂²c/∂a².
    fn curvature<V: Real>(a: V, y: V) -> V;

    /// Whether y is something this cost can mean: by default every finite number.
    ///
    /// # Errors
    ///
    /// The entry, its value, and what it must be.
    fn check_target<T: RealField>(y: &[T]) -> Result<(), TargetFault> {
        each(y, T::is_finite, "finite")
    }
}

#[diagnostic::do_not_recommend]
impl<C: CostOfA, H: Output> Cost<H> for C {
    const NAME: &'static str = C::NAME;

    /// Σ_i c(a_i, y_i).
    #[inline(always)]
    fn cost<V: Real, const S: usize>(Compared { a, y, .. }: Compared<'_, V, S>) -> V {
        let mut sum = V::zero();
        for (a, y) in a.iter().zip(y) {
            sum = sum + C::cost(a.clone(), y.clone());
        }
        sum
    }

    /// Dᵀ ∂c/∂a.
    #[inline(always)]
    fn delta<V: Real, const S: usize>(Compared { z, a, y }: Compared<'_, V, S>) -> [V; S] {
        H::pull_back(z, &a, &slopes::<C, V, S>(a, y))
    }

    #[inline(always)]
    fn curvature<V: Real, const S: usize>(
        Compared { z, a, y }: Compared<'_, V, S>,
        v: &[V; S],
    ) -> [V; S] {
        H::curve(z, &a, &slopes::<C, V, S>(a, y), &curvatures::<C, V, S>(a, y), v)
    }

    /// [`Output::curve`] as if ∂c/∂a were 0.
    #[inline(always)]
    fn gauss_newton<V: Real, const S: usize>(
        Compared { z, a, y }: Compared<'_, V, S>,
        v: &[V; S],
    ) -> [V; S] {
        let mut flat = a.0.clone();
        for c in &mut flat {
            *c = V::zero();
        }
        H::curve(z, &a, &flat, &curvatures::<C, V, S>(a, y), v)
    }

    #[inline(always)]
    fn cost_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S]) -> V {
        H::h_in_place(z);
        <C as Cost<H>>::cost(Compared { z, a: Predicted(z), y: Target(y) })
    }

    #[inline(always)]
    fn delta_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S]) -> V {
        let c = |a: &V, y: &V| (C::cost(a.clone(), y.clone()), C::slope(a.clone(), y.clone()));
        H::pull_back_in_place(z, y, c)
    }

    #[inline(always)]
    fn curvature_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S], v: &mut [V; S]) {
        let c = |a: &V, y: &V| (C::slope(a.clone(), y.clone()), C::curvature(a.clone(), y.clone()));
        H::curve_in_place(z, y, v, c);
    }

    #[inline(always)]
    fn gauss_newton_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S], v: &mut [V; S]) {
        H::curve_in_place(z, y, v, |a, y| (V::zero(), C::curvature(a.clone(), y.clone())));
    }

    fn check_target<T: RealField>(y: &[T]) -> Result<(), TargetFault> {
        C::check_target(y)
    }
}

/// What a cost does in place that is written in z alone, and whose δ⁽ᴸ⁾ is a − y; `$bend` is the
/// product of ∂²cost/∂z² with v, from a and in place of v.
macro_rules! matched_in_place {
    ($bend:path) => {
        #[inline(always)]
        fn cost_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S]) -> V {
            <Self as Cost<H>>::cost(Compared { z, a: Predicted(z), y: Target(y) })
        }

        #[inline(always)]
        fn delta_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S]) -> V {
            let cost = <Self as Cost<H>>::cost(Compared { z, a: Predicted(z), y: Target(y) });
            H::h_in_place(z);
            subtract(z, y);
            cost
        }

        #[inline(always)]
        fn curvature_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S], v: &mut [V; S]) {
            H::h_in_place(z);
            $bend(z, v);
            subtract(z, y);
        }

        #[inline(always)]
        fn gauss_newton_in_place<V: Real, const S: usize>(
            z: &mut [V; S],
            y: &[V; S],
            v: &mut [V; S],
        ) {
            <Self as Cost<H>>::curvature_in_place(z, y, v);
        }
    };
}

/// −Σ_i [y_i ln a_i + (1 − y_i) ln(1 − a_i)] on [`Sigmoid`] outputs, each y_i in [0, 1].
///
/// Computed from z, as Σ ln(1 + e^{z_i}) − y_i z_i, so that it is finite where a has long become
/// 0 or 1. Summed over the outputs, as in Coursera's exercise. Source: the article's cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrossEntropy;

#[diagnostic::do_not_recommend]
impl<H: Matched<CrossEntropy>> Cost<H> for CrossEntropy {
    const NAME: &'static str = "CrossEntropy";

    #[inline(always)]
    fn cost<V: Real, const S: usize>(Compared { z, y, .. }: Compared<'_, V, S>) -> V {
        let mut sum = V::zero();
        for (z, y) in z.iter().zip(y) {
            // max(z, 0) − y z in one product, so that z = 1000, y = 1 is 0 and not a difference.
            let factor = z.clone().select_gt(V::zero(), V::one() - y.clone(), -y.clone());
            sum = sum + z.clone() * factor + z.clone().exp_neg_abs().ln_1p();
        }
        sum
    }

    /// a − y.
    #[inline(always)]
    fn delta<V: Real, const S: usize>(Compared { a, y, .. }: Compared<'_, V, S>) -> [V; S] {
        minus(a, y)
    }

    /// a (1 − a) ∘ v.
    #[inline(always)]
    fn curvature<V: Real, const S: usize>(
        Compared { a, .. }: Compared<'_, V, S>,
        v: &[V; S],
    ) -> [V; S] {
        let mut product = v.clone();
        times_variance(&a, &mut product);
        product
    }

    matched_in_place!(times_variance);

    fn check_target<T: RealField>(y: &[T]) -> Result<(), TargetFault> {
        each(y, |y| *y >= T::zero() && *y <= T::one(), "a probability, from 0 to 1")
    }
}

/// −Σ_i y_i ln a_i on [`Softmax`] outputs, y a probability distribution over the classes.
///
/// Computed from z, as ln Σ_j e^{z_j} − ⟨y, z⟩; the logarithm of the sum is within
/// 4 ε (max |z| + ln s_L), also where it runs in registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategoricalCrossEntropy;

impl CategoricalCrossEntropy {
    /// How far Σ y, taken in `f64`, may be from 1: what entries of `f32` are rounded by stays below it.
    pub const SUM_TOLERANCE: f64 = 1e-4;
}

#[diagnostic::do_not_recommend]
impl<H: Matched<CategoricalCrossEntropy>> Cost<H> for CategoricalCrossEntropy {
    const NAME: &'static str = "CategoricalCrossEntropy";

    #[inline(always)]
    fn cost<V: Real, const S: usize>(Compared { z, y, .. }: Compared<'_, V, S>) -> V {
        // All z less their largest, M: no overflow. M (1 − Σy) makes up for it where y does not
        // sum to 1 to the last bit, so that a − y is the exact derivative for every y.
        let highest = largest(z);
        let (mut total, mut product) = (V::zero(), V::zero());
        for (z, y) in z.iter().zip(y) {
            let shifted = z.clone() - highest.clone();
            total = total + shifted.clone().exp();
            product = product + y.clone() * shifted;
        }
        total.ln() - product + highest * (V::one() - sum(&y))
    }

    /// a − y.
    #[inline(always)]
    fn delta<V: Real, const S: usize>(Compared { a, y, .. }: Compared<'_, V, S>) -> [V; S] {
        minus(a, y)
    }

    /// (diag(a) − a aᵀ) v.
    #[inline(always)]
    fn curvature<V: Real, const S: usize>(
        Compared { a, .. }: Compared<'_, V, S>,
        v: &[V; S],
    ) -> [V; S] {
        let mut product = v.clone();
        Softmax::change_of_a(&a, &mut product);
        product
    }

    matched_in_place!(Softmax::change_of_a);

    fn check_target<T: RealField>(y: &[T]) -> Result<(), TargetFault> {
        each(y, |y| *y >= T::zero() && *y <= T::one(), "a probability, from 0 to 1")?;
        // In f64: over a hundred thousand classes a sum in f32 rounds by more than the tolerance.
        let total = y.iter().map(to_f64).sum::<f64>();
        if (total - 1.0).abs() <= Self::SUM_TOLERANCE {
            return Ok(());
        }
        Err(TargetFault { entry: None, value: total, expected: "sum to 1" })
    }
}

/// ½ Σ_i (a_i − y_i)², on any output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfSquaredError;

impl CostOfA for HalfSquaredError {
    const NAME: &'static str = "HalfSquaredError";

    /// ½ (a − y)².
    #[inline(always)]
    fn cost<V: Real>(a: V, y: V) -> V {
        let r = a - y;
        V::constant(0.5) * r.clone() * r
    }

    /// a − y.
    #[inline(always)]
    fn slope<V: Real>(a: V, y: V) -> V {
        a - y
    }

    /// 1.
    #[inline(always)]
    fn curvature<V: Real>(_a: V, _y: V) -> V {
        V::one()
    }
}

/// Σ_i of ½ r² where |r| ≤ δ, else δ (|r| − ½ δ), with r = a_i − y_i: squared for small errors,
/// absolute for outliers. δ = NUMERATOR/DENOMINATOR; 1 unless said otherwise.
///
/// Source: Huber 1964.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Huber<const NUMERATOR: u32 = 1, const DENOMINATOR: u32 = 1>;

impl<const NUMERATOR: u32, const DENOMINATOR: u32> Huber<NUMERATOR, DENOMINATOR> {
    /// δ.
    pub const DELTA: f64 = ratio(NUMERATOR, DENOMINATOR);
}

impl<const NUMERATOR: u32, const DENOMINATOR: u32> CostOfA for Huber<NUMERATOR, DENOMINATOR> {
    const NAME: &'static str = "Huber";

    /// With c = r clamped to ±δ: c (r − ½ c), which is both branches at once.
    #[inline(always)]
    fn cost<V: Real>(a: V, y: V) -> V {
        let r = a - y;
        let c = r.clone().within(Self::DELTA);
        c.clone() * (r - V::constant(0.5) * c)
    }

    /// r clamped to ±δ.
    #[inline(always)]
    fn slope<V: Real>(a: V, y: V) -> V {
        (a - y).within(Self::DELTA)
    }

    /// 1 where |r| ≤ δ, else 0.
    #[inline(always)]
    fn curvature<V: Real>(a: V, y: V) -> V {
        (a - y).abs().select_gt(V::constant(Self::DELTA), V::zero(), V::one())
    }
}

impl<L, T: RealField, const S: usize> Z<L, T, S> {
    /// The cost of one example with the target y, without λ, from z⁽ᴸ⁾ and a⁽ᴸ⁾.
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::{layer::L4, Z};
    ///
    /// let z4 = Z::<L4, f64, 1>::from([1000.0]);
    /// let a4 = z4.output::<Sigmoid>();
    /// assert_eq!(z4.cost::<CrossEntropy, Sigmoid>(&a4, &[0.0]), 1000.0);
    /// ```
    #[must_use]
    pub fn cost<C: CostOn<H, Proof: Sized>, H>(
        &self,
        a: &dyn OutputOf<H, L, T, S>,
        y: &[T; S],
    ) -> T {
        C::cost_on(Compared { z: self.array(), a: Predicted(a.held().array()), y: Target(y) })
    }
}

/// a − y.
#[inline(always)]
fn minus<V: Real, const S: usize>(a: Predicted<'_, V, S>, y: Target<'_, V, S>) -> [V; S] {
    let mut difference = a.0.clone();
    subtract(&mut difference, &y);
    difference
}

/// a − y in place of a.
#[inline(always)]
fn subtract<V: Real, const S: usize>(a: &mut [V; S], y: &[V; S]) {
    for (a, y) in a.iter_mut().zip(y) {
        *a = a.clone() - y.clone();
    }
}

/// a (1 − a) ∘ v in place of v.
#[inline(always)]
fn times_variance<V: Real, const S: usize>(a: &[V; S], v: &mut [V; S]) {
    for (v, a) in v.iter_mut().zip(a) {
        *v = a.clone() * (V::one() - a.clone()) * v.clone();
    }
}

/// ∂c/∂a of every output.
#[inline(always)]
fn slopes<C: CostOfA, V: Real, const S: usize>(
    a: Predicted<'_, V, S>,
    y: Target<'_, V, S>,
) -> [V; S] {
    let mut slopes = a.0.clone();
    for (slope, y) in slopes.iter_mut().zip(y) {
        *slope = C::slope(slope.clone(), y.clone());
    }
    slopes
}

/// ∂²c/∂a² of every output.
#[inline(always)]
fn curvatures<C: CostOfA, V: Real, const S: usize>(
    a: Predicted<'_, V, S>,
    y: Target<'_, V, S>,
) -> [V; S] {
    let mut curvatures = a.0.clone();
    for (curvature, y) in curvatures.iter_mut().zip(y) {
        *curvature = C::curvature(curvature.clone(), y.clone());
    }
    curvatures
}

fn each<T: RealField>(
    y: &[T],
    fits: impl Fn(&T) -> bool,
    expected: &'static str,
) -> Result<(), TargetFault> {
    match y.iter().position(|y| !fits(y)) {
        None => Ok(()),
        Some(entry) => Err(TargetFault { entry: Some(entry), value: to_f64(&y[entry]), expected }),
    }
}
