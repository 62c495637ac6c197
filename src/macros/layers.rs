//! The layers of a network as `network!` calls them.

use core::marker::PhantomData;

use nalgebra::RealField;

use crate::activation::Activation;
use crate::fast::list::{Activates, Ends};
use crate::network::Network;
use crate::shapes::layer::Layer;
use crate::shapes::roles::{A, By, Delta, DjDa, GPrime, OutputBy, Z};

/// A network whose layer `L` is a hidden one, with the activation `G`.
///
/// [`network!`](crate::network) implements it for every hidden layer, and calls the activation by
/// way of it: a type that is no activation is then one error, where it was written, and not one
/// more for every line of the chain.
#[doc(hidden)]
pub trait HiddenLayer<L: Layer> {
    /// g of layer `L`.
    type G: Activation;

    /// a⁽ˡ⁾ = g(z⁽ˡ⁾): [`Z::activate`].
    #[inline(always)]
    fn activate<T: RealField, const S: usize>(z: &Z<L, T, S>) -> A<L, T, S, By<Self::G>> {
        z.activate::<Self::G>()
    }

    /// g′(z⁽ˡ⁾): [`Z::g_prime`].
    #[inline(always)]
    fn g_prime<T: RealField, const S: usize>(
        z: &Z<L, T, S>,
        a: &A<L, T, S, By<Self::G>>,
    ) -> GPrime<L, T, S> {
        z.g_prime::<Self::G>(a)
    }
}

/// The output layer of every network: what [`HiddenLayer`] is to the hidden ones, so that an
/// activation or a cost that does not fit is one error.
#[doc(hidden)]
pub trait OutputLayer: Network {
    /// a⁽ᴸ⁾ = h(z⁽ᴸ⁾): [`Z::output`].
    #[inline(always)]
    fn output<L, const S: usize>(
        z: &Z<L, Self::Scalar, S>,
    ) -> A<L, Self::Scalar, S, OutputBy<Self::Hypothesis>> {
        z.output::<Self::Hypothesis>()
    }

    /// δ⁽ᴸ⁾: [`Z::delta`].
    #[inline(always)]
    fn delta<L, const S: usize>(
        z: &Z<L, Self::Scalar, S>,
        a: &A<L, Self::Scalar, S, OutputBy<Self::Hypothesis>>,
        y: &[Self::Scalar; S],
    ) -> Delta<L, Self::Scalar, S> {
        z.delta::<Self::Cost, Self::Hypothesis>(a, y)
    }

    /// δ⁽ᴸ⁾ of a given ∂J/∂a⁽ᴸ⁾: [`Z::delta_from`].
    #[inline(always)]
    fn delta_from<L, const S: usize>(
        z: &Z<L, Self::Scalar, S>,
        a: &A<L, Self::Scalar, S, OutputBy<Self::Hypothesis>>,
        dj_da: &DjDa<L, Self::Scalar, S>,
    ) -> Delta<L, Self::Scalar, S> {
        z.delta_from(a, dj_da)
    }

    /// The cost of one example, without λ: [`Z::cost`].
    #[inline(always)]
    fn cost<L, const S: usize>(
        z: &Z<L, Self::Scalar, S>,
        a: &A<L, Self::Scalar, S, OutputBy<Self::Hypothesis>>,
        y: &[Self::Scalar; S],
    ) -> Self::Scalar {
        z.cost::<Self::Cost, Self::Hypothesis>(a, y)
    }
}

impl<N: Network> OutputLayer for N {}

/// The activation of layer `L` of the network `N`, in a [`chain`](crate::chain).
#[derive(Clone, Copy, Debug)]
pub struct ActivationOf<N, L>(PhantomData<(N, L)>);

impl<N: HiddenLayer<L> + 'static, L: Layer> Activates for ActivationOf<N, L> {
    type G = N::G;
}

/// Hypothesis and cost of the network `N`, in a [`chain`](crate::chain).
#[derive(Clone, Copy, Debug)]
pub struct EndOf<N>(PhantomData<N>);

impl<N: Network> Ends for EndOf<N> {
    type H = N::Hypothesis;
    type C = N::Cost;
}

/// The lines of the chain as functions, for an operator with a wrong size is told of once more for
/// each of its impls.
pub mod lines {
    use core::marker::PhantomData;

    use nalgebra::RealField;

    use crate::activation::{Elu, LeakyRelu};
    use crate::cost::Huber;
    use crate::shapes::layer::Before;
    use crate::shapes::roles::{A, Delta, DjDa, Z};
    use crate::shapes::shape::assert_units;
    use crate::shapes::theta::{BigDelta, Theta};
    use crate::text::{Pen, text_on};

    /// z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾].
    #[inline(always)]
    pub fn times<L: Before, T: RealField, const S_OUT: usize, const S_IN: usize, G>(
        theta: &Theta<L, T, S_OUT, S_IN>,
        a: &A<L, T, S_IN, G>,
    ) -> Z<L::Next, T, S_OUT> {
        theta * a.given()
    }

    /// ∂J/∂a⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾, without its bias row.
    #[inline(always)]
    pub fn back<L: Before, T: RealField, const S_OUT: usize, const S_IN: usize>(
        theta: &Theta<L, T, S_OUT, S_IN>,
        delta: &Delta<L::Next, T, S_OUT>,
    ) -> DjDa<L, T, S_IN> {
        theta.transpose() * delta
    }

    /// Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ.
    #[inline(always)]
    pub fn add_outer_product<L: Before, T: RealField, const S_OUT: usize, const S_IN: usize, G>(
        big_delta: &mut BigDelta<L, T, S_OUT, S_IN>,
        delta: &Delta<L::Next, T, S_OUT>,
        a: &A<L, T, S_IN, G>,
    ) {
        *big_delta += delta * a.transpose();
    }

    /// s_{l+1} of a field Θ⁽ˡ⁾.
    pub const fn s_out<N, L, T, const S_OUT: usize, const S_IN: usize>(
        _theta: fn(&N) -> &Theta<L, T, S_OUT, S_IN>,
    ) -> usize {
        S_OUT
    }

    /// s_l of a field Θ⁽ˡ⁾.
    pub const fn s_in<N, L, T, const S_OUT: usize, const S_IN: usize>(
        _theta: fn(&N) -> &Theta<L, T, S_OUT, S_IN>,
    ) -> usize {
        S_IN
    }

    /// The type that a network names as an activation or as its cost.
    #[derive(Debug)]
    pub struct Named<G>(PhantomData<G>);

    /// What is wrong with the numbers of a type: nothing, where [`Named`] itself does not say it.
    pub trait Unnumbered {
        /// Nothing.
        const FAULT: &'static str = "";
    }

    impl<G> Unnumbered for Named<G> {}

    macro_rules! numbered {
        ($($G:ident $fault:ident,)*) => {$(
            impl<const NUMERATOR: u32, const DENOMINATOR: u32> Named<$G<NUMERATOR, DENOMINATOR>> {
                /// What is wrong with its numbers.
                pub const FAULT: &'static str = $fault(NUMERATOR, DENOMINATOR);
            }
        )*};
    }

    numbered!(LeakyRelu fraction, Elu fraction, Huber positive,);

    const fn fraction(_: u32, denominator: u32) -> &'static str {
        if denominator == 0 { " divides by 0" } else { "" }
    }

    const fn positive(numerator: u32, denominator: u32) -> &'static str {
        if numerator == 0 { " is 0 for every y" } else { fraction(numerator, denominator) }
    }

    /// The numbers of activations and costs make sense: of each, what names it, and what is wrong with it.
    #[track_caller]
    pub const fn numbered(named: &[(&str, &str)]) {
        let mut index = 0;
        while index < named.len() {
            let (name, fault) = named[index];
            if !fault.is_empty() {
                let mut page = [0; 256];
                let mut pen = Pen::new(&mut page, 0);
                pen.text(name);
                pen.text(fault);
                let written = pen.written();
                panic!("{}", text_on(page.split_at(written).0));
            }
            index += 1;
        }
    }

    /// Each layer has at least one unit.
    #[track_caller]
    pub const fn nonempty(network: &str, sizes: &[usize]) {
        let mut index = 0;
        while index < sizes.len() {
            assert_units(network, index + 1, sizes[index]);
            index += 1;
        }
    }
}
