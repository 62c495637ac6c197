//! The layers of a network as one type, and what runs over a block of examples layer by layer.
//!
//! This is the path that `f32` and `f64` take: the same flow as in `forward.rs`, `backward.rs` and
//! `gradient.rs`, for a block of examples at a time and in registers.
//! Examples lie one behind the other, the units of one side by side. The readable path is its
//! oracle.

pub(crate) mod memory;

mod any;

pub(crate) mod bend;

pub(crate) mod curve;

pub(crate) mod end;

mod layer;

mod one;

pub(crate) mod row;

pub(crate) mod sink;

pub(crate) mod tiny;

use core::marker::PhantomData;

use crate::activation::Activation;
use crate::cost::Cost;
use crate::network::{HiddenLayer, Network};
use crate::output::Output;
use crate::real::Real;
use crate::simd::{Float, Lanes};
use bend::{Front, HiddenCurve, LastCurve, Line};
use curve::{Along, Back};
use end::End;
use layer::{Activate, Largest, Layer};
use memory::{Block, Examples, Memory, Transposed};
use row::Row;
use sink::{IntoGradient, Sink};
use tiny::Pass;

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

    /// s_L.
    const S_OUT: usize;

    /// How many parameters these layers have.
    const PARAMETERS: usize;

    /// What a block of examples needs room for.
    #[doc(hidden)]
    type Memory<T: 'static>: Memory;

    /// What a block of examples needs room for where rates of change go along with it.
    #[doc(hidden)]
    type Curve<T: 'static>: Memory;

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

    /// Every δ of a block, from the last one back to that of the layer `before`, if there is one.
    /// Gives a bound of every |δ|, if that is `wanted`: not finite if some δ is not.
    #[doc(hidden)]
    #[allow(clippy::type_complexity, reason = "a layer in front, or none")]
    fn deltas<V: Lanes>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        before: Option<Before<'_, V::Scalar, Self::Transposed<V::Scalar>>>,
        wanted: bool,
    ) -> V::Scalar;

    /// Δ of a block, layer by layer into the `sink`.
    #[doc(hidden)]
    fn gradients<V: Lanes, K: Sink<V::Scalar>>(
        sink: K,
        a: Examples<'_, V::Scalar>,
        memory: &Self::Memory<V::Scalar>,
        room: &mut [V::Scalar],
    );

    /// What a block of examples adds to the product of a curvature matrix with a direction, into
    /// the `sink`; and δ with its rate of change of the layer in `front`, if there is one.
    #[doc(hidden)]
    fn curve<V: Lanes>(
        line: Line<'_, V::Scalar>,
        targets: &[V::Scalar],
        sink: IntoGradient<'_, V::Scalar>,
        memory: &mut Self::Curve<V::Scalar>,
        front: Front<'_, V::Scalar, Self::Transposed<V::Scalar>>,
    );

    /// Forward and backward of as many examples as there are lanes; where it is wanted, ∂J/∂a of
    /// the layer in front.
    #[doc(hidden)]
    fn tiny<V: Lanes>(
        theta: &[V::Scalar],
        a: &[V],
        pass: &mut Pass<'_, V>,
        dj_da: Option<&mut [V]>,
    );

    /// ∂J/∂Θ += λ Θ, with one λ for biases and one for weights.
    #[doc(hidden)]
    fn add_decay<T: Float>(theta: &[T], gradient: &mut [T], decays: [T; 2]);

    /// h_Θ(x) of one example.
    #[doc(hidden)]
    fn predict<V: Lanes>(theta: &[V::Scalar], a: &[V::Scalar], output: &mut [V::Scalar]);

    /// The cost of one example in any numbers; `see` is shown every z, and where the activation of
    /// its layer has kinks.
    #[doc(hidden)]
    fn cost_of_one<V: Real>(
        theta: &[V],
        a: &[V],
        y: &[V],
        see: &mut dyn FnMut(&V, &'static [f64]),
    ) -> V;

    /// The cost of one example in any numbers, its Δ added to `sums`, and ∂J/∂a of the layer in
    /// front added to `dj_da`.
    #[doc(hidden)]
    fn gradient_of_one<V: Real>(
        theta: &[V],
        a: &[V],
        y: &[V],
        sums: &mut [V],
        dj_da: &mut [V],
    ) -> V;

    /// What one example adds to the product of a curvature matrix with a direction.
    #[doc(hidden)]
    fn curve_of_one<V: Real>(along: Along<'_, V>, y: &[V], back: Back<'_, V>);

    /// The row of ∂a⁽ᴸ⁾/∂Θ that belongs to one output, for one example in any numbers.
    #[doc(hidden)]
    fn row_of_one<V: Real>(theta: &[V], a: &[V], into: Row<'_, V>);
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
    const S_OUT: usize = R::S_OUT;
    const PARAMETERS: usize = {
        assert!(R::S_IN == S_OUT, "a layer takes what the layer in front gives");
        S_OUT * (S_IN + 1) + R::PARAMETERS
    };
    type Memory<T: 'static> = HiddenMemory<T, S_OUT, R::Transposed<T>, R::Memory<T>>;
    type Curve<T: 'static> = HiddenCurve<T, S_OUT, R::Transposed<T>, R::Curve<T>>;
    type Transposed<T: 'static> = Transposed<T, S_OUT, S_IN>;

    fn forward<V: Lanes, E: End<V>>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        end: &mut E,
        poison: V::Scalar,
    ) -> bool {
        let (theta, rest) = theta.split_at(S_OUT * (S_IN + 1));
        let stride = memory.a.stride();
        let z = memory.a.entries_mut();
        end.hear(Layer { theta, s_out: S_OUT, s_in: S_IN }.forward::<V>(a, z, stride));
        let poison = poison
            + V::call(Activate {
                g: PhantomData::<N::G>,
                units: S_OUT,
                count: a.count,
                stride,
                z,
                g_prime: E::GRADIENT.then_some(memory.delta.entries_mut()),
            });
        end.hidden(L::INDEX, [S_OUT, stride], a.count, z, memory.delta.entries_mut());
        R::forward::<V, E>(rest, memory.a.examples(a.count), &mut memory.rest, end, poison)
    }

    fn deltas<V: Lanes>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        before: Option<Before<'_, V::Scalar, Self::Transposed<V::Scalar>>>,
        wanted: bool,
    ) -> V::Scalar {
        let (theta, theta_rest) = theta.split_at(S_OUT * (S_IN + 1));
        let HiddenMemory { a: a_next, delta, transposed, rest } = memory;
        let stride = delta.stride();
        let behind = Before { delta: delta.entries_mut(), stride, transposed };
        let a_next = a_next.examples(a.count);
        let behind = R::deltas::<V>(theta_rest, a_next, rest, Some(behind), wanted);
        let layer = Layer { theta, s_out: S_OUT, s_in: S_IN };
        behind + delta_before::<V, S_OUT, S_IN>(layer, delta.examples(a.count), before, wanted)
    }

    fn gradients<V: Lanes, K: Sink<V::Scalar>>(
        sink: K,
        a: Examples<'_, V::Scalar>,
        memory: &Self::Memory<V::Scalar>,
        room: &mut [V::Scalar],
    ) {
        let (sink, sink_rest) = sink.split_at(S_OUT * (S_IN + 1));
        sink.take::<V>(S_OUT, S_IN, a, memory.delta.examples(a.count), room);
        R::gradients::<V, K>(sink_rest, memory.a.examples(a.count), &memory.rest, room);
    }

    fn curve<V: Lanes>(
        line: Line<'_, V::Scalar>,
        targets: &[V::Scalar],
        sink: IntoGradient<'_, V::Scalar>,
        memory: &mut Self::Curve<V::Scalar>,
        front: Front<'_, V::Scalar, Self::Transposed<V::Scalar>>,
    ) {
        bend::hidden_layer::<V, N::G, R, S_OUT, S_IN>(line, targets, sink, memory, front);
    }

    #[inline(always)]
    fn tiny<V: Lanes>(
        theta: &[V::Scalar],
        a: &[V],
        pass: &mut Pass<'_, V>,
        dj_da: Option<&mut [V]>,
    ) {
        let (theta, rest) = theta.split_at(S_OUT * (S_IN + 1));
        let z = tiny::z::<V, S_OUT, S_IN>(theta, a, pass);
        let (a_next, g_prime) = tiny::activate::<V, N::G, S_OUT>(&z);
        let mut delta = [V::zero(); S_OUT];
        let (sums, sums_rest) = core::mem::take(&mut pass.sums).split_at_mut(theta.len());
        pass.sums = sums_rest;
        R::tiny::<V>(rest, &a_next, pass, Some(&mut delta));
        for unit in 0..S_OUT {
            delta[unit] = delta[unit] * g_prime[unit];
        }
        tiny::backward::<V, S_OUT, S_IN>(theta, a, &delta, sums, dj_da);
    }

    #[inline(always)]
    fn add_decay<T: Float>(theta: &[T], gradient: &mut [T], decays: [T; 2]) {
        let (theta, theta_rest) = theta.split_at(S_OUT * (S_IN + 1));
        let (gradient, gradient_rest) = gradient.split_at_mut(S_OUT * (S_IN + 1));
        tiny::add_decay::<T, S_OUT>(theta, gradient, decays);
        R::add_decay(theta_rest, gradient_rest, decays);
    }

    #[inline(always)]
    fn predict<V: Lanes>(theta: &[V::Scalar], a: &[V::Scalar], output: &mut [V::Scalar]) {
        let (theta, rest) = theta.split_at(S_OUT * (S_IN + 1));
        let mut next = one::Units::<V::Scalar, S_OUT>::zeros();
        one::z::<V, S_OUT, S_IN>(theta, a, next.entries_mut());
        one::activate::<V, N::G, S_OUT>(&mut next);
        R::predict::<V>(rest, next.entries(), output);
    }

    fn cost_of_one<V: Real>(
        theta: &[V],
        a: &[V],
        y: &[V],
        see: &mut dyn FnMut(&V, &'static [f64]),
    ) -> V {
        let (theta, rest) = theta.split_at(S_OUT * (S_IN + 1));
        let mut a_next = any::z::<V, S_OUT>(theta, a);
        for unit in &mut a_next {
            see(unit, <N::G as Activation>::KINKS);
            *unit = N::G::g(unit.clone());
        }
        R::cost_of_one(rest, &a_next, y, see)
    }

    fn gradient_of_one<V: Real>(
        theta: &[V],
        a: &[V],
        y: &[V],
        sums: &mut [V],
        dj_da: &mut [V],
    ) -> V {
        let (theta, rest) = theta.split_at(S_OUT * (S_IN + 1));
        let (sums, sums_rest) = sums.split_at_mut(theta.len());
        let z = any::z::<V, S_OUT>(theta, a);
        let a_next: [V; S_OUT] = core::array::from_fn(|unit| N::G::g(z[unit].clone()));
        let mut delta = any::zeros::<V, S_OUT>();
        let cost = R::gradient_of_one(rest, &a_next, y, sums_rest, &mut delta);
        for ((delta, z), a) in delta.iter_mut().zip(z).zip(a_next) {
            *delta = delta.clone() * N::G::g_prime(z, a);
        }
        any::add_outer_product(sums, &delta, a);
        any::add_pull_back(dj_da, theta, &delta);
        cost
    }

    fn curve_of_one<V: Real>(along: Along<'_, V>, y: &[V], back: Back<'_, V>) {
        curve::hidden_layer::<V, N::G, R, S_OUT>(along, S_IN, y, back);
    }

    fn row_of_one<V: Real>(theta: &[V], a: &[V], into: Row<'_, V>) {
        row::hidden_layer::<V, N::G, R, S_OUT>(theta, a, into);
    }
}

impl<N: Network + 'static, const S_OUT: usize, const S_IN: usize> Chain for Last<N, S_OUT, S_IN> {
    const S_IN: usize = S_IN;
    const S_OUT: usize = S_OUT;
    const PARAMETERS: usize = S_OUT * (S_IN + 1);
    // z⁽ᴸ⁾, which becomes δ⁽ᴸ⁾.
    type Memory<T: 'static> = Block<T, S_OUT>;
    type Curve<T: 'static> = LastCurve<T, S_OUT>;
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
        end.hear(layer.forward::<V>(a, memory.entries_mut(), stride));
        end.end::<N::Hypothesis, N::Cost, S_OUT>(memory, a.count, poison)
    }

    fn deltas<V: Lanes>(
        theta: &[V::Scalar],
        a: Examples<'_, V::Scalar>,
        memory: &mut Self::Memory<V::Scalar>,
        before: Option<Before<'_, V::Scalar, Self::Transposed<V::Scalar>>>,
        wanted: bool,
    ) -> V::Scalar {
        let layer = Layer { theta, s_out: S_OUT, s_in: S_IN };
        delta_before::<V, S_OUT, S_IN>(layer, memory.examples(a.count), before, wanted)
    }

    fn gradients<V: Lanes, K: Sink<V::Scalar>>(
        sink: K,
        a: Examples<'_, V::Scalar>,
        memory: &Self::Memory<V::Scalar>,
        room: &mut [V::Scalar],
    ) {
        sink.take::<V>(S_OUT, S_IN, a, memory.examples(a.count), room);
    }

    fn curve<V: Lanes>(
        line: Line<'_, V::Scalar>,
        targets: &[V::Scalar],
        sink: IntoGradient<'_, V::Scalar>,
        memory: &mut Self::Curve<V::Scalar>,
        front: Front<'_, V::Scalar, Self::Transposed<V::Scalar>>,
    ) {
        bend::output_layer::<V, N::Hypothesis, N::Cost, S_OUT, S_IN>(
            line, targets, sink, memory, front,
        );
    }

    #[inline(always)]
    fn tiny<V: Lanes>(
        theta: &[V::Scalar],
        a: &[V],
        pass: &mut Pass<'_, V>,
        dj_da: Option<&mut [V]>,
    ) {
        let z = tiny::z::<V, S_OUT, S_IN>(theta, a, pass);
        let delta = tiny::end::<V, N::Hypothesis, N::Cost, S_OUT>(&z, pass);
        tiny::backward::<V, S_OUT, S_IN>(theta, a, &delta, pass.sums, dj_da);
    }

    #[inline(always)]
    fn add_decay<T: Float>(theta: &[T], gradient: &mut [T], decays: [T; 2]) {
        tiny::add_decay::<T, S_OUT>(theta, gradient, decays);
    }

    #[inline(always)]
    fn predict<V: Lanes>(theta: &[V::Scalar], a: &[V::Scalar], output: &mut [V::Scalar]) {
        end::output_of_one::<V, N::Hypothesis, S_OUT, S_IN>(theta, a, output);
    }

    fn cost_of_one<V: Real>(
        theta: &[V],
        a: &[V],
        y: &[V],
        see: &mut dyn FnMut(&V, &'static [f64]),
    ) -> V {
        let z = any::z::<V, S_OUT>(theta, a);
        for z in &z {
            see(z, <N::Hypothesis as Output>::KINKS);
        }
        N::Cost::cost(&z, &N::Hypothesis::h(&z), any::array::<V, S_OUT>(y))
    }

    fn gradient_of_one<V: Real>(
        theta: &[V],
        a: &[V],
        y: &[V],
        sums: &mut [V],
        dj_da: &mut [V],
    ) -> V {
        let (z, y) = (any::z::<V, S_OUT>(theta, a), any::array::<V, S_OUT>(y));
        let a_last = N::Hypothesis::h(&z);
        let delta = N::Cost::delta(&z, &a_last, y);
        any::add_outer_product(sums, &delta, a);
        any::add_pull_back(dj_da, theta, &delta);
        N::Cost::cost(&z, &a_last, y)
    }

    fn curve_of_one<V: Real>(along: Along<'_, V>, y: &[V], back: Back<'_, V>) {
        curve::output_layer::<V, N::Hypothesis, N::Cost, S_OUT>(along, y, back);
    }

    fn row_of_one<V: Real>(theta: &[V], a: &[V], into: Row<'_, V>) {
        row::output_layer::<V, N::Hypothesis, S_OUT>(theta, a, into);
    }
}

/// δ of the layer in front, where there is one. Gives the largest |δ⁽ˡ⁺¹⁾| if it is `wanted`: a
/// δ that is not finite is seen in the first layer, as each δ makes all δ of its example in front
/// not finite.
fn delta_before<V: Lanes, const S_OUT: usize, const S_IN: usize>(
    layer: Layer<'_, V::Scalar>,
    delta: Examples<'_, V::Scalar>,
    before: Option<Before<'_, V::Scalar, Transposed<V::Scalar, S_OUT, S_IN>>>,
    wanted: bool,
) -> V::Scalar {
    if let Some(Before { delta: g_prime, stride, transposed }) = before {
        let transposed_stride = transposed.stride();
        let transposed = (transposed.entries_mut(), transposed_stride);
        layer.delta_before::<V>(delta, g_prime, stride, transposed)
    } else if wanted {
        V::call(Largest { rows: delta, units: S_OUT })
    } else {
        V::Scalar::default()
    }
}

mod sealed {
    pub trait Sealed {}
    impl<N, L, const S_OUT: usize, const S_IN: usize, R> Sealed for super::Step<N, L, S_OUT, S_IN, R> {}
    impl<N, const S_OUT: usize, const S_IN: usize> Sealed for super::Last<N, S_OUT, S_IN> {}
}
