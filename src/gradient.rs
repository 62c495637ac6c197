//! Gradient: Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ over the examples, then ∂J/∂Θ⁽ˡ⁾ = Δ⁽ˡ⁾/m + λ Θ⁽ˡ⁾.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{AddAssign, Deref, DerefMut, Mul};

use nalgebra::{RealField, SVector};

use crate::fast::pairwise::{self, Total, Waiting};
use crate::network::{HoldsDeltas, HoldsTrace, Network};
use crate::real::count;
use crate::regularization::{Regularization, sizes};
use crate::shapes::layer::{Before, Behind, Layer};
use crate::shapes::parameters::{self, Parameters, by_value, in_role, of_parameters};
use crate::shapes::roles::{A, Delta};
use crate::shapes::theta::{BigDelta, DjDTheta, Finished, Summed, Theta};
use crate::text::hold;

pub use crate::workspace::Workspace;

/// [1; a⁽ˡ⁾]ᵀ, a row of s_l + 1; from [`A::transpose`].
#[derive(Clone, Copy, Debug)]
pub struct ATransposed<'a, L, T, const S: usize> {
    a: &'a SVector<T, S>,
    layer: PhantomData<L>,
}

impl<L, T, const S: usize, G> A<L, T, S, G> {
    /// [1; a⁽ˡ⁾]ᵀ, to multiply δ⁽ˡ⁺¹⁾ with. Nothing is moved.
    pub const fn transpose(&self) -> ATransposed<'_, L, T, S> {
        ATransposed { a: self.vector(), layer: PhantomData }
    }
}

/// δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ, not yet multiplied out: what one example adds to Δ⁽ˡ⁾.
#[derive(Clone, Copy, Debug)]
pub struct Outer<'a, L, M, T, const S_OUT: usize, const S_IN: usize> {
    delta: &'a Delta<M, T, S_OUT>,
    a: &'a SVector<T, S_IN>,
    layer: PhantomData<L>,
}

/// δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ = ∂J/∂Θ⁽ˡ⁾ of one example, without λ.
///
/// Shapes: s_{l+1} · (1 × (s_l + 1)) = s_{l+1} × (s_l + 1), as Θ⁽ˡ⁾.
///
/// ```
/// use constprop::layer::L1;
/// use constprop::{A, BigDelta, Delta};
///
/// let (delta2, a1) = (Delta::from([1.0, -1.0]), A::from([2.0, 3.0, 4.0]));
/// let mut big_delta1 = BigDelta::<L1, f64, 2, 3>::zeros();
/// big_delta1 += &delta2 * a1.transpose();
/// assert_eq!(big_delta1.unroll::<8>(), [1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0]);
/// ```
impl<'a, L, M, T, const S_OUT: usize, const S_IN: usize> Mul<ATransposed<'a, L, T, S_IN>>
    for &'a Delta<M, T, S_OUT>
where
    M: Behind<L>,
{
    type Output = Outer<'a, L, M, T, S_OUT, S_IN>;

    fn mul(self, a: ATransposed<'a, L, T, S_IN>) -> Self::Output {
        Outer { delta: self, a: a.a, layer: PhantomData }
    }
}

/// Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ, in place.
impl<L: Before, T: RealField, const S_OUT: usize, const S_IN: usize>
    AddAssign<Outer<'_, L, L::Next, T, S_OUT, S_IN>> for BigDelta<L, T, S_OUT, S_IN>
{
    fn add_assign(&mut self, product: Outer<'_, L, L::Next, T, S_OUT, S_IN>) {
        let (delta, a) = (product.delta.vector(), product.a);
        self.bias += delta;
        self.weights.ger(T::one(), delta, a, T::one());
    }
}

/// ∂J/∂Θ⁽ˡ⁾ of a sum of costs, in place: ∂J₁/∂Θ⁽ˡ⁾ + ∂J₂/∂Θ⁽ˡ⁾.
impl<L: Layer, T: RealField, const S_OUT: usize, const S_IN: usize> AddAssign<&Self>
    for DjDTheta<L, T, S_OUT, S_IN>
{
    fn add_assign(&mut self, other: &Self) {
        self.bias += &other.bias;
        self.weights += &other.weights;
    }
}

impl<L: Layer, T: RealField, const S_OUT: usize, const S_IN: usize> BigDelta<L, T, S_OUT, S_IN> {
    /// ∂J/∂Θ⁽ˡ⁾ = Δ⁽ˡ⁾/m + λ Θ⁽ˡ⁾, in place of Δ⁽ˡ⁾, after the outer products of m examples were
    /// added. With m = 0 none were, and only λ Θ⁽ˡ⁾ remains. Nothing is checked: a NaN, in λ too, comes out
    /// as a NaN.
    ///
    /// The next sum begins with [`fill`](Parameters::fill), of zero: until then ∂J/∂Θ⁽ˡ⁾ lies here.
    pub fn finish(
        &mut self,
        theta: &Theta<L, T, S_OUT, S_IN>,
        m: usize,
        regularization: &Regularization<T>,
    ) -> &mut DjDTheta<L, T, S_OUT, S_IN> {
        let sizes = core::iter::once((S_OUT, S_IN));
        finish(self.parameters_mut(), theta.parameters(), sizes, m, regularization);
        in_role(self)
    }
}

/// Δ⁽ˡ⁾/m + λ Θ⁽ˡ⁾ in place of Δ⁽ˡ⁾, for every Θ⁽ˡ⁾ of `thetas`; of the change of Δ along a direction,
/// with that in place of Θ.
pub(crate) fn finish<T: RealField>(
    sums: &mut [T],
    thetas: &[T],
    sizes: impl Iterator<Item = (usize, usize)>,
    m: usize,
    regularization: &Regularization<T>,
) {
    let m = m.max(1);
    let divisor: T = count(m);
    for entry in &mut *sums {
        *entry /= divisor.clone();
    }
    regularization.add_slope(thetas, sizes, m, sums);
}

macro_rules! of_a_network {
    ($name:ident $role:ident) => {
        impl<N: Network> $name<N> {
            /// All zeros, by value; beyond 100 kB there is [`Parameters::boxed`], and beyond
            /// 1 MB it does not compile.
            #[must_use]
            pub fn zeros() -> Self {
                const { by_value::<Self>().expect("more than 1 MB by value: call `boxed`") };
                parameters::zeros()
            }
        }

        impl<N: Network> Deref for $name<N> {
            type Target = N::GradientFields<$role>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<N: Network> DerefMut for $name<N> {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }

        impl<N: Network> Clone for $name<N> {
            fn clone(&self) -> Self {
                const { by_value::<Self>().expect("more than 1 MB by value: call `boxed_clone`") };
                of_parameters(self.parameters())
            }

            fn clone_from(&mut self, source: &Self) {
                self.copy_from(source);
            }
        }

        impl<N: Network> PartialEq for $name<N> {
            fn eq(&self, other: &Self) -> bool {
                self.parameters() == other.parameters()
            }
        }

        impl<N: Network> fmt::Debug for $name<N> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "<{}>"), N::NAME)?;
                f.debug_list().entries(self.parameters()).finish()
            }
        }
    };
}

/// Every Δ⁽ˡ⁾ of the network `N`, each under the name of its Θ⁽ˡ⁾: sums over examples, of which
/// [`finish`](BigDeltas::finish) makes ∇J.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let mut tiny = Tiny::new(Theta::new([0.5], [[1.0, 2.0]]));
/// let (x, y) = ([[1.0, 1.0], [0.0, 1.0]], [[3.0], [2.0]]);
/// let mut big_deltas = BigDeltas::<Tiny>::zeros();
/// for (x, y) in x.iter().zip(&y) {
///     let trace = tiny.forward(x);
///     let deltas = tiny.backward(&trace, y);
///     big_deltas.accumulate(&trace, &deltas);
/// }
/// assert_eq!(big_deltas.theta1.bias[0], 1.0);
/// let gradient = big_deltas.finish(&tiny, 2, &Regularization::none());
/// assert_eq!(gradient.theta1.bias[0], 0.5);
/// GradientDescent::new(0.1)?.step(&mut tiny, gradient)?;
/// # Ok::<(), constprop::Error>(())
/// ```
///
/// It is no gradient, and no step is made with it:
///
/// ```compile_fail
/// # use constprop::prelude::*;
/// # network! { pub struct Tiny(2 => 1 Identity) minimizing HalfSquaredError; }
/// # let mut tiny = Tiny::<f64>::zeros();
/// let mut big_deltas = BigDeltas::<Tiny>::zeros();
/// GradientDescent::new(0.1)?.step(&mut tiny, &big_deltas)?;
/// # Ok::<(), constprop::Error>(())
/// ```
#[repr(transparent)]
pub struct BigDeltas<N: Network>(N::GradientFields<Summed>);

// SAFETY: `repr(transparent)` over a type that keeps the contract.
unsafe impl<N: Network> Parameters for BigDeltas<N> {
    type Scalar = N::Scalar;
}

of_a_network!(BigDeltas Summed);

/// ∇J: a ∂J/∂Θ⁽ˡ⁾ for every Θ⁽ˡ⁾ of the network `N`, of its shape and under its name.
///
/// A direction in the space of Θ, and the product of ∇²J with it, is of this type too, as is a row of
/// ∂a⁽ᴸ⁾/∂Θ. It is no network: it predicts nothing, and is none's parameters.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let tiny = Tiny::new(Theta::new([0.5], [[1.0, 2.0]]));
/// let (j, gradient) = tiny.cost_and_gradient(&[[1.0, 1.0]], &[[3.0]], &Regularization::none())?;
/// assert_eq!(j, 0.125); // z = 3.5, and ½ (3.5 − 3)²
/// assert_eq!(gradient.theta1.bias[0], 0.5);
/// assert_eq!(gradient.parameters(), [0.5, 0.5, 0.5]);
/// # Ok::<(), constprop::Error>(())
/// ```
#[repr(transparent)]
pub struct Gradient<N: Network>(N::GradientFields<Finished>);

// Named, for the compiler writes behind the line that asks for it.
const MISFIT: &str = "`GradientFields` has other sizes than the network";

// SAFETY: `repr(transparent)` over a type that keeps the contract.
unsafe impl<N: Network> Parameters for Gradient<N> {
    type Scalar = N::Scalar;
    // A network by hand may name fields of other sizes: that stops the build. `finish` holds Δ to these.
    const PARAMETERS: usize = {
        let entries = <N::GradientFields<Finished> as Parameters>::PARAMETERS;
        let fits = entries == N::PARAMETERS;
        hold(fits, MISFIT);
        entries
    };
}

of_a_network!(Gradient Finished);

impl<N: Network> BigDeltas<N> {
    /// Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ for every l: one example more.
    ///
    /// With [`Network::forward`], [`Network::backward`] and [`finish`](Self::finish) this is all
    /// of training, one example at a time, where no memory may be spent on more.
    pub fn accumulate(&mut self, trace: &dyn HoldsTrace<N>, deltas: &dyn HoldsDeltas<N>) {
        N::add_outer_products(&mut self.0, trace.held(), deltas.held());
    }

    /// ∂J/∂Θ⁽ˡ⁾ = Δ⁽ˡ⁾/m + λ Θ⁽ˡ⁾ for every l, in place of Δ⁽ˡ⁾, after m examples were accumulated. With
    /// m = 0 none were, and only λ Θ⁽ˡ⁾ remains. Nothing is checked: a NaN, in λ too, comes out as a NaN, which
    /// no optimizer takes.
    ///
    /// The next sum begins with [`fill`](Parameters::fill), of zero: until then ∇J lies here.
    pub fn finish(
        &mut self,
        net: &N,
        m: usize,
        regularization: &Regularization<N::Scalar>,
    ) -> &mut Gradient<N> {
        finish(self.parameters_mut(), net.parameters(), sizes::<N>(), m, regularization);
        in_role(self)
    }
}

/// What no gradient is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is ∂J/∂Θ and not Δ: `accumulate` in a `BigDeltas`, and its `finish` makes a gradient",
    label = "of `BigDeltas`"
)]
pub trait IsBigDelta {}

#[doc(hidden)]
impl<N: Network> Gradient<N> {
    /// Of [`BigDeltas`]; here so that the compiler can say so, with this line.
    #[rustfmt::skip]
    pub fn accumulate<Z, D>(&mut self, _: Z, _: D) where Self: IsBigDelta {}

    /// Of [`BigDeltas`], too.
    #[rustfmt::skip]
    pub fn finish<A, B, C>(&mut self, _: A, _: B, _: C) where Self: IsBigDelta {}
}

/// ∇J of a sum of two, in place: ∂J₁/∂Θ⁽ˡ⁾ + ∂J₂/∂Θ⁽ˡ⁾ for every l.
impl<N: Network> AddAssign<&Self> for Gradient<N> {
    fn add_assign(&mut self, other: &Self) {
        pairwise::add(self.parameters_mut(), other.parameters());
    }
}

impl<N: Network> Gradient<N> {
    /// Room for Δ where a gradient was; what it held is no Δ.
    pub(crate) fn room_for_sums(&mut self) -> &mut BigDeltas<N> {
        in_role(self)
    }

    /// ⟨∇J, w⟩ = Σ ∂J/∂θ · w over all parameters, in their order.
    #[must_use]
    pub fn inner_product(&self, w: &Self) -> N::Scalar {
        let mut sum = Total::<N::Scalar>::new();
        for (v, w) in self.parameters().chunks(BLOCK).zip(w.parameters().chunks(BLOCK)) {
            let products = v.iter().zip(w).map(|(v, w)| v.clone() * w.clone());
            sum.add(products.fold(nalgebra::zero(), |sum: N::Scalar, product| sum + product));
        }
        sum.get()
    }
}

/// Examples whose Δ are summed one after the other; the sums of blocks are then added along a binary
/// tree over their numbers: blocks 2k and 2k + 1, then the sums of such pairs, and so on. Of six blocks
/// that is ((0 + 1) + (2 + 3)) + (4 + 5).
///
/// It fixes the order of every sum, whoever computes the blocks, and so every bit of the result:
/// on every processor with the same [`InstructionSet`](crate::InstructionSet). Rounding costs J and ∇J
/// of m examples at most (128 + log₂ m) ε/2 of Σ |summand|, and in practice far less.
///
/// Two have an order of their own, as fixed. `f32` and `f64` networks of up to 64 parameters sum 1024
/// examples in the lanes of a register; the sums of these are added along the tree. Builds without the
/// feature `alloc` have blocks of 8 for `f32` and `f64`, and one level instead of log₂ m: there J goes
/// along the tree and ∇J from one block to the next, which costs up to m/8 · ε/2: of `f32`, 10⁻⁴ at
/// 13,000 examples. Who has more takes the mean over parts, each with its own call.
pub const BLOCK: usize = 128;

/// Σ of the costs of all examples; Δ⁽ˡ⁾ of all examples goes into `sums`. Without room for what
/// waits they are one block.
pub(crate) fn sum_over_blocks<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    sums: &mut BigDeltas<N>,
    waiting: Option<Waiting<'_, N::Scalar>>,
) -> N::Scalar {
    match waiting {
        Some(waiting) => sum_along_tree(net, inputs, targets, sums, waiting),
        None => sum_over_block(net, inputs, targets, sums),
    }
}

fn sum_along_tree<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    sums: &mut BigDeltas<N>,
    mut waiting: Waiting<'_, N::Scalar>,
) -> N::Scalar {
    let last = inputs.len().div_ceil(BLOCK) - 1;
    let mut cost = Total::new();
    for (block, (xs, ys)) in inputs.chunks(BLOCK).zip(targets.chunks(BLOCK)).enumerate() {
        cost.add(sum_over_block(net, xs, ys, sums));
        if block < last {
            waiting.push(block, sums.parameters(), pairwise::add);
        }
    }
    waiting.all(last).add_to(sums.parameters_mut(), pairwise::add);
    cost.get()
}

fn sum_over_block<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    block: &mut BigDeltas<N>,
) -> N::Scalar {
    block.fill(nalgebra::zero());
    let mut cost: N::Scalar = nalgebra::zero();
    for (x, y) in inputs.iter().zip(targets) {
        let trace = net.forward(x);
        let deltas = net.backward(&trace, y);
        block.accumulate(&trace, &deltas);
        cost += trace.cost(y);
    }
    cost
}
