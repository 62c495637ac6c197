//! Θ⁽ˡ⁾, which leads from layer l to layer l + 1, Δ⁽ˡ⁾ and ∂J/∂Θ⁽ˡ⁾ as three types of one shape.
//!
//! They differ in what may be done with them: Θ⁽ˡ⁾ is multiplied with a⁽ˡ⁾ and takes steps, Δ⁽ˡ⁾ takes
//! outer products, and ∂J/∂Θ⁽ˡ⁾ comes from Δ⁽ˡ⁾, m and λ. Each is s_{l+1} × (s_l + 1), and one flat
//! slice for whoever wants the numbers: [`Parameters`].

use core::fmt::Debug;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::Add;
use core::slice;

use nalgebra::{Const, RealField, SMatrix, SMatrixView, SVector};
use typenum::{Add1, B1, Prod, ToUInt, U};

use crate::shapes::layer::Layer;
use crate::shapes::parameters::{Parameters, by_value, of_entries, of_parameters, zeros};

/// Θ⁽ˡ⁾ = [bias | weights], s_{l+1} × (s_l + 1): z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾].
///
/// The bias column is a field of its own, so that the bias row of Θᵀδ, which every
/// implementation has to remember to drop, never exists. In memory the two lie one behind the
/// other, which is the article's matrix column by column.
///
/// `L` is the layer l, `S_OUT` is s_{l+1} and `S_IN` is s_l.
///
/// ```
/// use constprop::layer::L1;
/// use constprop::Theta;
///
/// // Θ⁽¹⁾ of a 3 → 2 step: a row of weights for each of the two units.
/// static THETA1: Theta<L1, f32, 2, 3> =
///     Theta::new([0.5, -0.5], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let matrix = THETA1.matrix::<4>();
/// assert_eq!(matrix[(1, 0)], -0.5); // the bias of unit 1 (counted from 0)
/// assert_eq!(matrix[(1, 3)], 6.0);
/// let unrolled = THETA1.unroll::<8>(); // Octave's Theta1(:)
/// assert_eq!(unrolled, [0.5, -0.5, 1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// assert_eq!(Theta::roll(unrolled), THETA1);
/// ```
///
/// It is no `Copy`: a Θ may have megabytes, which an assignment would move over the stack without a word,
/// and a step would train a copy that nobody asked for. It has no `Default`: that could only be
/// [`zeros`](Theta::zeros), which does not learn, and is to be asked for by its name.
///
/// The numbers of columns and of entries are checked:
///
/// ```compile_fail
/// # use constprop::{layer::L1, Theta};
/// let theta1 = Theta::<L1, f64, 2, 3>::zeros();
/// let matrix = theta1.matrix::<3>(); // 3 weights and a bias are 4 columns
/// ```
#[repr(C)]
#[derive(Debug, PartialEq)]
pub struct Theta<L, T, const S_OUT: usize, const S_IN: usize> {
    /// Column 0, that of the constant 1; s_{l+1} entries.
    pub bias: SVector<T, S_OUT>,
    /// The other columns; s_{l+1} × s_l.
    pub weights: SMatrix<T, S_OUT, S_IN>,
    layer: PhantomData<L>,
}

/// Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ over examples, of the shape of Θ⁽ˡ⁾.
///
/// It is multiplied with nothing and steps nowhere: [`finish`](BigDelta::finish) makes ∂J/∂Θ⁽ˡ⁾ of
/// it, where it lies.
///
/// ```
/// use constprop::layer::L1;
/// use constprop::{A, BigDelta, Delta, Parameters, Regularization, Theta};
///
/// let mut theta1 = Theta::<L1, f64, 1, 2>::new([0.5], [[1.0, 2.0]]);
/// let (delta2, a1) = (Delta::from([2.0]), A::from([3.0, 4.0]));
///
/// let mut big_delta1 = BigDelta::zeros();
/// big_delta1 += &delta2 * a1.transpose(); // and those of other examples
/// let dj_dtheta1 = big_delta1.finish(&theta1, 1, &Regularization::article(0.5));
/// assert_eq!(dj_dtheta1.parameters(), [2.0, 6.5, 9.0]); // Δ/m + λΘ, without the bias
/// theta1 -= &*dj_dtheta1 * 0.25; // Θ ← Θ − α ∂J/∂Θ
/// assert_eq!(theta1.parameters(), [0.0, -0.625, -0.25]);
/// ```
#[repr(C)]
#[derive(Debug, PartialEq)]
pub struct BigDelta<L, T, const S_OUT: usize, const S_IN: usize> {
    /// Column 0, that of the constant 1; s_{l+1} entries.
    pub bias: SVector<T, S_OUT>,
    /// The other columns; s_{l+1} × s_l.
    pub weights: SMatrix<T, S_OUT, S_IN>,
    layer: PhantomData<L>,
}

/// ∂J/∂Θ⁽ˡ⁾ = Δ⁽ˡ⁾/m + λ Θ⁽ˡ⁾, of the shape of Θ⁽ˡ⁾: from [`BigDelta::finish`], and in the
/// [`Gradient`](crate::Gradient) of a whole network.
///
/// With a rate it is a step of Θ⁽ˡ⁾, and without none: `net.theta1 -= &gradient.theta1 * alpha`.
#[repr(C)]
#[derive(Debug, PartialEq)]
pub struct DjDTheta<L, T, const S_OUT: usize, const S_IN: usize> {
    /// Column 0, that of the constant 1; s_{l+1} entries.
    pub bias: SVector<T, S_OUT>,
    /// The other columns; s_{l+1} × s_l.
    pub weights: SMatrix<T, S_OUT, S_IN>,
    layer: PhantomData<L>,
}

// Written out above, and not by a macro: the compiler quotes them where a role is in the wrong place.
macro_rules! of_one_shape {
    ($($role:ident)*) => {
        $(
            // SAFETY: `repr(C)`; a vector and a matrix of T in array storage, each without padding, and
            // a `PhantomData`.
            unsafe impl<L, T: RealField, const S_OUT: usize, const S_IN: usize> Parameters
                for $role<L, T, S_OUT, S_IN>
            {
                type Scalar = T;
                const PARAMETERS: usize = S_OUT * (S_IN + 1);
            }

            // Derived, it would copy each column several times by way of the stack.
            impl<L, T: Clone, const S_OUT: usize, const S_IN: usize> Clone
                for $role<L, T, S_OUT, S_IN>
            {
                fn clone(&self) -> Self {
                    const { by_value::<Self>().expect("more than 1 MB by value: call `boxed_clone`") };
                    // SAFETY: `repr(C)`; a vector and a matrix of T, and nothing else.
                    unsafe {
                        let entries = (&raw const *self).cast::<T>();
                        of_entries(slice::from_raw_parts(entries, S_OUT * (S_IN + 1)))
                    }
                }

                fn clone_from(&mut self, source: &Self) {
                    self.bias.as_mut_slice().clone_from_slice(source.bias.as_slice());
                    self.weights.as_mut_slice().clone_from_slice(source.weights.as_slice());
                }
            }

            impl<L, T, const S_OUT: usize, const S_IN: usize> $role<L, T, S_OUT, S_IN> {
                /// From the bias column and the rows of weights, one row for each unit of layer l + 1:
                /// the order of PyTorch's `Linear.bias` and `Linear.weight`. It is `const`, so that a
                /// network can be a `static` in flash.
                #[must_use]
                pub const fn new(bias: [T; S_OUT], weights: [[T; S_IN]; S_OUT]) -> Self
                where
                    T: Copy,
                {
                    const { assert!(S_OUT > 0 && S_IN > 0, "a layer has at least one unit") };
                    let mut memory = MaybeUninit::<Self>::uninit();
                    let entries = memory.as_mut_ptr().cast::<T>();
                    let mut unit = 0;
                    while unit < S_OUT {
                        // SAFETY: `repr(C)`: the biases, then the weights column by column, each written once.
                        unsafe { entries.add(unit).write(bias[unit]) };
                        let mut input = 0;
                        while input < S_IN {
                            let index = (1 + input) * S_OUT + unit;
                            // SAFETY: as above.
                            unsafe { entries.add(index).write(weights[unit][input]) };
                            input += 1;
                        }
                        unit += 1;
                    }
                    // SAFETY: all of it was written.
                    unsafe { memory.as_ptr().read() }
                }

                /// From a nalgebra vector and matrix.
                #[must_use]
                pub const fn from_parts(
                    bias: SVector<T, S_OUT>,
                    weights: SMatrix<T, S_OUT, S_IN>,
                ) -> Self {
                    Self { bias, weights, layer: PhantomData }
                }
            }
        )*
    };
}

of_one_shape!(Theta BigDelta DjDTheta);

// What all three have, as tokens of their own, so that the compiler quotes them and no macro; bounds
// stand on the line of the function, which is all that it then quotes.
macro_rules! all_roles {
    ($methods:tt) => {
        all_roles!($methods Theta BigDelta DjDTheta);
    };
    ($methods:tt $($role:ident)*) => {
        $(
            impl<L, T: RealField, const S_OUT: usize, const S_IN: usize>
                $role<L, T, S_OUT, S_IN> $methods
        )*
    };
}

all_roles! {{
    /// All zeros, by value; beyond 100 kB see [`Parameters::boxed`], and beyond 1 MB it does not compile.
    #[must_use]
    pub fn zeros() -> Self {
        const { by_value::<Self>().expect("more than 1 MB by value: call `boxed`") };
        zeros()
    }

    /// As the article prints it, s_{l+1} × (s_l + 1), bias column first.
    ///
    /// `C` is s_l + 1, and typenum checks it in the signature, for the sizes it knows
    /// (to 1023, and some beyond); [`matrix_of_any_size`](Self::matrix_of_any_size) has no
    /// limit.
    #[must_use]
    pub fn matrix<const C: usize>(&self) -> SMatrixView<'_, T, S_OUT, C>
    where Const<C>: ColumnsOf<S_IN, Proof: Sized> {
        self.matrix_of_any_size()
    }

    /// As the article prints it, s_{l+1} × (s_l + 1), bias column first.
    ///
    /// `COLUMNS` is s_l + 1. Another number stops the build, though not `cargo check`, which
    /// does not evaluate what depends on a generic size.
    #[must_use]
    pub fn matrix_of_any_size<const COLUMNS: usize>(&self) -> SMatrixView<'_, T, S_OUT, COLUMNS> {
        const {
            assert!(COLUMNS == S_IN + 1, "Θ⁽ˡ⁾ has s_l + 1 columns: the bias, then the weights")
        };
        SMatrixView::from_slice_generic(self.parameters(), Const, Const)
    }

    /// Unrolled into an array of s_{l+1} (s_l + 1) entries, column after column.
    ///
    /// typenum checks `N` in the signature. For sizes that it does not know, and to borrow
    /// instead of copying, there is [`Parameters::parameters`].
    #[must_use]
    pub fn unroll<const N: usize>(&self) -> [T; N]
    where Const<N>: EntriesOf<S_OUT, S_IN, Proof: Sized> {
        // SAFETY: an array of T, of as many: `of_entries` asserts it.
        unsafe { of_entries(self.parameters()) }
    }

    /// `reshape(unrolled, s_{l+1}, s_l + 1)`: the inverse of [`unroll`](Self::unroll).
    #[must_use]
    pub fn roll<const N: usize>(unrolled: [T; N]) -> Self
    where Const<N>: EntriesOf<S_OUT, S_IN, Proof: Sized> {
        of_parameters(&unrolled)
    }
}}

/// What each Θ⁽ˡ⁾ of a network has one of: its Δ⁽ˡ⁾ is [`Summed`], its ∂J/∂Θ⁽ˡ⁾ [`Finished`].
///
/// It is what [`GradientFields`](crate::Network::GradientFields) are generic over.
pub trait Role: 'static {
    /// That of one Θ⁽ˡ⁾.
    type Of<L: Layer, T: RealField, const S_OUT: usize, const S_IN: usize>: Parameters<Scalar = T>
        + Debug
        + Send
        + Sync;
}

/// The [`Role`] of Δ⁽ˡ⁾, a [`BigDelta`].
#[derive(Clone, Copy, Debug)]
pub enum Summed {}

impl Role for Summed {
    type Of<L: Layer, T: RealField, const S_OUT: usize, const S_IN: usize> =
        BigDelta<L, T, S_OUT, S_IN>;
}

/// The [`Role`] of ∂J/∂Θ⁽ˡ⁾, a [`DjDTheta`].
#[derive(Clone, Copy, Debug)]
pub enum Finished {}

impl Role for Finished {
    type Of<L: Layer, T: RealField, const S_OUT: usize, const S_IN: usize> =
        DjDTheta<L, T, S_OUT, S_IN>;
}

/// The number of columns of a Θ with `S_IN` inputs, s_in + 1, as a typenum.
pub type Columns<const S_IN: usize> = Add1<U<S_IN>>;

/// The number of parameters of a Θ, s_out · (s_in + 1), as a typenum.
pub type Entries<const S_OUT: usize, const S_IN: usize> = Prod<U<S_OUT>, Columns<S_IN>>;

/// `Const<C>` with C = S_IN + 1, proven by typenum.
#[diagnostic::on_unimplemented(
    message = "a Θ with {S_IN} inputs has not `{Self}` columns but {S_IN} + 1; beyond 1023 call \
               `matrix_of_any_size`"
)]
pub trait ColumnsOf<const S_IN: usize> {
    /// Nothing. Where a bound names it, the compiler says what is wrong, and not where the bound stands.
    #[doc(hidden)]
    type Proof;
}

#[diagnostic::do_not_recommend]
impl<const C: usize, const S_IN: usize> ColumnsOf<S_IN> for Const<C>
where
    typenum::Const<S_IN>: ToUInt,
    U<S_IN>: Add<B1>,
    typenum::Const<C>: ToUInt<Output = Columns<S_IN>>,
{
    type Proof = ();
}

/// `Const<N>` with N = S_OUT · (S_IN + 1), proven by typenum.
#[diagnostic::on_unimplemented(
    message = "a Θ of {S_OUT} units with {S_IN} inputs has not `{Self}` entries but {S_OUT} · ({S_IN} + 1); beyond 1023 \
               take `parameters`"
)]
pub trait EntriesOf<const S_OUT: usize, const S_IN: usize> {
    /// Nothing, as of [`ColumnsOf`].
    #[doc(hidden)]
    type Proof;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, const S_OUT: usize, const S_IN: usize> EntriesOf<S_OUT, S_IN> for Const<N>
where
    typenum::Const<S_IN>: ToUInt,
    typenum::Const<S_OUT>: ToUInt,
    U<S_IN>: Add<B1>,
    U<S_OUT>: core::ops::Mul<Columns<S_IN>>,
    typenum::Const<N>: ToUInt<Output = Entries<S_OUT, S_IN>>,
{
    type Proof = ();
}
