//! The layers of a network as one type, and what runs over a block of examples layer by layer.
//!
//! This is the path that `f32` and `f64` take: the same flow as in `forward.rs`, `backward.rs` and
//! `gradient.rs`, for [`TILE`](memory::TILE) examples at a time and in registers of [`Lanes`].
//! Examples lie one behind the other, the units of one side by side. The readable path is its
//! oracle.

pub(crate) mod memory;

pub(crate) mod end;

mod layer;

mod one;

use core::marker::PhantomData;

use crate::network::{HiddenLayer, Network};
use crate::simd::Lanes;
use end::End;
use layer::{Activate, Layer};
use memory::{Block, Examples, Memory, Transposed};

pub(crate) use layer::Rule;

/// A hidden layer and all that follow: Θ⁽ˡ⁾ of `S_OUT` × (`S_IN` + 1), the activation that the
/// network `N` has in layer `L` = l + 1, and `Rest` from there on.
#[derive(Clone, Copy, Debug)]
pub struct Step<N, L, const S_OUT: usize, const S_IN: usize, Rest>(PhantomData<(N, L, Rest)>);

/// The output layer: Θ⁽ᴸ⁻¹⁾, then the network's hypothesis and cost.
#[derive(Clone, Copy, Debug)]
pub struct Last<N, const S_OUT: usize, const S_IN: usize>(PhantomData<N>);

/// The layers from some layer on. [`Step`] and [`Last`] are all there are; a network names its
/// own as [`Network::Chain`], in the order in which it runs forward.
///
/// ```
/// use constprop::chain::{Last, Step};
/// use constprop::layer::L2;
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(3 => 5 Tanh => 2 Sigmoid) minimizing CrossEntropy;
/// }
/// // What the macro wrote:
/// type Written = Step<Tiny, L2, 5, 3, Last<Tiny, 2, 5>>;
/// let same: core::marker::PhantomData<Written> =
///     core::marker::PhantomData::<<Tiny as Network>::Chain>;
/// ```
pub trait Chain: sealed::Sealed + 'static {
    /// s_l of the layer in front.
    const S_IN: usize;

    /// What a block of examples needs room for.
    #[doc(hidden)]
    type Memory<T: 'static>: Memory;

    /// Room for the first weights, transposed.
    #[doc(hidden)]
    type Transposed<T: 'static>: Memory;

    /// Every z and a of a block, and at the end what `end` makes of z⁽ᴸ⁾. `poison` is 0, or NaN
    /// if some z before was not finite; whether all are, is what comes back.
    #[doc(hidden)]
    fn forward<V: Lanes, E: End<V>>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        end: &mut E,
        poison: V::Scalar,
    ) -> bool;

    /// Δ of a block into `gradient`; where there is a layer `before`, ∂J/∂a of it times its g′.
    #[doc(hidden)]
    fn backward<V: Lanes>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        gradient: &mut [V::Scalar],
        rule: Rule<'_, V::Scalar>,
        before: Option<Before<'_, V::Scalar, Self::Transposed<V::Scalar>>>,
    );

    /// h_Θ(x) of one example.
    #[doc(hidden)]
    fn predict<V: Lanes>(theta: &[V::Scalar], a: &[V::Scalar], output: &mut [V::Scalar]);
}

/// The layer in front of a chain: its g′, to be made its δ, and room for weights.
#[derive(Debug)]
pub struct Before<'a, T, W> {
    pub(crate) delta: &'a mut [T],
    pub(crate) stride: usize,
    pub(crate) transposed: &'a mut W,
}

/// What a hidden layer keeps of a block of examples.
#[repr(C)]
#[derive(Debug)]
pub struct HiddenMemory<T, const S: usize, W, R> {
    a: Block<T, S>,
    // g′(z), which going backward becomes δ.
    delta: Block<T, S>,
    transposed: W,
    rest: R,
}

// SAFETY: fields that are `Memory` themselves.
unsafe impl<T: 'static, const S: usize, W: Memory, R: Memory> Memory for HiddenMemory<T, S, W, R> {}

impl<N, L, const S_OUT: usize, const S_IN: usize, R> Chain for Step<N, L, S_OUT, S_IN, R>
where
    N: HiddenLayer<L> + 'static,
    L: crate::layer::Layer,
    R: Chain,
{
    const S_IN: usize = S_IN;
    type Memory<T: 'static> = HiddenMemory<T, S_OUT, R::Transposed<T>, R::Memory<T>>;
    type Transposed<T: 'static> = Transposed<T, S_OUT, S_IN>;

    fn forward<V: Lanes, E: End<V>>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        end: &mut E,
        poison: V::Scalar,
    ) -> bool {
        const { assert!(R::S_IN == S_OUT, "a layer takes what the layer in front gives") };
        let (theta, rest) = theta.split_at(S_OUT * (S_IN + 1));
        let stride = memory.a.stride();
        let z = memory.a.entries_mut();
        Layer { theta, s_out: S_OUT, s_in: S_IN }.forward::<V>(a, z, stride);
        let poison = poison
            + V::call(Activate {
                g: PhantomData::<N::G>,
                units: S_OUT,
                count: a.count,
                stride,
                z,
                g_prime: E::GRADIENT.then_some(memory.delta.entries_mut()),
            });
        R::forward::<V, E>(rest, memory.a.examples(a.count), &mut memory.rest, end, poison)
    }

    fn backward<V: Lanes>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        gradient: &mut [V::Scalar],
        rule: Rule<'_, V::Scalar>,
        before: Option<Before<'_, V::Scalar, Self::Transposed<V::Scalar>>>,
    ) {
        let parameters = S_OUT * (S_IN + 1);
        let (theta, theta_rest) = theta.split_at(parameters);
        let (gradient, gradient_rest) = gradient.split_at_mut(parameters);
        let (rule, rule_rest) = rule.split_at(parameters);
        let HiddenMemory { a: a_next, delta, transposed, rest } = memory;
        let behind =
            Before { stride: delta.stride(), delta: delta.entries_mut(), transposed };
        R::backward::<V>(
            theta_rest,
            a_next.examples(a.count),
            rest,
            gradient_rest,
            rule_rest,
            Some(behind),
        );
        let layer = Layer { theta, s_out: S_OUT, s_in: S_IN };
        layer_backward::<V, S_OUT, S_IN>(layer, a, delta.examples(a.count), gradient, rule, before);
    }

    #[inline(always)]
    fn predict<V: Lanes>(theta: &[V::Scalar], a: &[V::Scalar], output: &mut [V::Scalar]) {
        let (theta, rest) = theta.split_at(S_OUT * (S_IN + 1));
        let mut next = one::Units::<V::Scalar, S_OUT>::zeros();
        one::z::<V, S_OUT, S_IN>(theta, a, &mut next);
        one::activate::<V, N::G, S_OUT>(&mut next);
        R::predict::<V>(rest, next.entries(), output);
    }
}

impl<N: Network + 'static, const S_OUT: usize, const S_IN: usize> Chain for Last<N, S_OUT, S_IN> {
    const S_IN: usize = S_IN;
    // z⁽ᴸ⁾, which becomes δ⁽ᴸ⁾.
    type Memory<T: 'static> = Block<T, S_OUT>;
    type Transposed<T: 'static> = Transposed<T, S_OUT, S_IN>;

    fn forward<V: Lanes, E: End<V>>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        end: &mut E,
        poison: V::Scalar,
    ) -> bool {
        let stride = memory.stride();
        let layer = Layer { theta, s_out: S_OUT, s_in: S_IN };
        layer.forward::<V>(a, memory.entries_mut(), stride);
        end.end::<N::Hypothesis, N::Cost, S_OUT>(memory, a.count, poison)
    }

    fn backward<V: Lanes>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        gradient: &mut [V::Scalar],
        rule: Rule<'_, V::Scalar>,
        before: Option<Before<'_, V::Scalar, Self::Transposed<V::Scalar>>>,
    ) {
        let layer = Layer { theta, s_out: S_OUT, s_in: S_IN };
        layer_backward::<V, S_OUT, S_IN>(layer, a, memory.examples(a.count), gradient, rule, before);
    }

    #[inline(always)]
    fn predict<V: Lanes>(theta: &[V::Scalar], a: &[V::Scalar], output: &mut [V::Scalar]) {
        let mut z = one::Units::<V::Scalar, S_OUT>::zeros();
        one::z::<V, S_OUT, S_IN>(theta, a, &mut z);
        end::output_of_one::<V, N::Hypothesis, S_OUT>(&z, output);
    }
}

/// What both kinds of layers do going backward: δ of the layer in front, where there is one, and
/// Δ of their own.
fn layer_backward<V: Lanes, const S_OUT: usize, const S_IN: usize>(
    layer: Layer<'_, V::Scalar>,
    a: Examples<'_, V::Scalar>,
    delta: Examples<'_, V::Scalar>,
    gradient: &mut [V::Scalar],
    rule: Rule<'_, V::Scalar>,
    before: Option<Before<'_, V::Scalar, Transposed<V::Scalar, S_OUT, S_IN>>>,
) {
    if let Some(Before { delta: g_prime, stride, transposed }) = before {
        let transposed_stride = transposed.stride();
        let transposed = (transposed.entries_mut(), transposed_stride);
        layer.delta_before::<V>(delta, g_prime, stride, transposed);
    }
    layer.gradient::<V>(a, delta, gradient, rule);
}

mod sealed {
    pub trait Sealed {}
    impl<N, L, const S_OUT: usize, const S_IN: usize, R> Sealed for super::Step<N, L, S_OUT, S_IN, R> {}
    impl<N, const S_OUT: usize, const S_IN: usize> Sealed for super::Last<N, S_OUT, S_IN> {}
}
