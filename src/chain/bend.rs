//! A block of examples through the layers with everything's rate of change along a direction:
//! `curve.rs` in tiles of registers, the same lines for as many examples as a block has.

mod end;

mod pass;

use core::marker::PhantomData;

use super::Chain;
use super::curve::Matrix;
use super::layer::Layer;
use super::memory::{Block, Examples, Memory, Transposed};
use super::sink::{IntoGradient, Sink};
use crate::activation::Activation;
use crate::cost::Cost;
use crate::output::Output;
use crate::product::Finish;
use crate::simd::{Float, Lanes};
use end::DeltaAndRate;
use pass::{Activate, Deltas, Rowwise};

/// Θ + r v: Θ⁽ˡ⁾ and those behind, and V⁽ˡ⁾ and those behind. `scale` is what every cost counts.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a, T> {
    pub(crate) theta: &'a [T],
    pub(crate) direction: &'a [T],
    pub(crate) matrix: Matrix,
    pub(crate) scale: T,
}

impl<'a, T: Float> Line<'a, T> {
    fn split_at(self, parameters: usize) -> (Self, Self) {
        let (theta, theta_rest) = self.theta.split_at(parameters);
        let (direction, direction_rest) = self.direction.split_at(parameters);
        let first = Self { theta, direction, ..self };
        (first, Self { theta: theta_rest, direction: direction_rest, ..self })
    }

    const fn layers(self, s_out: usize, s_in: usize) -> [Layer<'a, T>; 2] {
        let Self { theta, direction, .. } = self;
        [Layer { theta, s_out, s_in }, Layer { theta: direction, s_out, s_in }]
    }

    /// z = Θ [1; a], and R{z} = V [1; a] + Θ [0; R{a}].
    fn forward<V: Lanes<Scalar = T>, W>(
        self,
        [s_out, s_in]: [usize; 2],
        front: &Front<'_, T, W>,
        [z, z_dot]: [&mut [T]; 2],
        stride: usize,
    ) {
        let [theta, v] = self.layers(s_out, s_in);
        theta.forward::<V>(front.a(), z, stride);
        v.forward::<V>(front.a(), z_dot, stride);
        if let Some(a_dot) = front.a_dot() {
            theta.add_product::<V>(a_dot, z_dot, stride);
        }
    }

    /// From δ and R{δ} of a layer its part of the product, and δ and R{δ} of the layer in front,
    /// if there is one.
    fn backward<V: Lanes<Scalar = T>, const S_OUT: usize, const S_IN: usize>(
        self,
        [delta, delta_dot]: [Examples<'_, T>; 2],
        sink: IntoGradient<'_, T>,
        front: Front<'_, T, Transposed<T, S_OUT, S_IN>>,
    ) {
        let hessian = self.matrix == Matrix::Hessian;
        let of_a_dot = front.a_dot().filter(|_| hessian).map(|a_dot| (a_dot, delta));
        sink.take_sum::<V>(S_OUT, S_IN, (front.a(), delta_dot), of_a_dot);

        // a and R{a} have done their work: ∂J/∂a and its rate take their places.
        let Front::Layer { a, a_dot, g_prime, bend, stride, transposed, count } = front else {
            return;
        };
        let [theta, v] = self.layers(S_OUT, S_IN);
        let columns = transposed.stride();
        let weights = transposed.entries_mut();
        theta.transpose::<V>(weights, columns);
        theta.pull_back::<V>(delta_dot, a_dot, stride, (&*weights, columns), Finish::Store);
        if hessian {
            theta.pull_back::<V>(delta, a, stride, (&*weights, columns), Finish::Store);
            v.transpose::<V>(weights, columns);
            v.pull_back::<V>(delta, a_dot, stride, (&*weights, columns), Finish::Add);
        }
        let kernel = Deltas { slope: a, rate: a_dot, g_prime, bend: hessian.then_some(bend) };
        V::call(Rowwise { units: S_IN, count, stride, kernel });
    }
}

/// What is in front of a layer.
#[derive(Debug)]
pub enum Front<'a, T, W> {
    /// x, which nothing changes, and whose δ nobody asks for.
    Inputs(Examples<'a, T>),
    /// `count` examples of a layer: a and R{a}, to be made δ and R{δ}, and room for weights.
    Layer {
        a: &'a mut [T],
        a_dot: &'a mut [T],
        g_prime: &'a [T],
        bend: &'a [T],
        stride: usize,
        transposed: &'a mut W,
        count: usize,
    },
}

impl<T, W> Front<'_, T, W> {
    const fn a(&self) -> Examples<'_, T> {
        match *self {
            Self::Inputs(Examples { entries, stride, count }) => {
                Examples { entries, stride, count }
            }
            Self::Layer { ref a, stride, count, .. } => Examples { entries: a, stride, count },
        }
    }

    const fn a_dot(&self) -> Option<Examples<'_, T>> {
        match *self {
            Self::Inputs(_) => None,
            Self::Layer { ref a_dot, stride, count, .. } => {
                Some(Examples { entries: a_dot, stride, count })
            }
        }
    }
}

/// What a hidden layer keeps of a block of examples.
#[repr(C)]
#[derive(Debug)]
pub struct HiddenCurve<T, const S: usize, W, R> {
    // z, then a, and going backward δ; beside it its rate of change.
    a: Block<T, S>,
    a_dot: Block<T, S>,
    g_prime: Block<T, S>,
    // g″(z) ∘ R{z}.
    bend: Block<T, S>,
    transposed: W,
    rest: R,
}

// SAFETY: fields that are `Memory` themselves.
unsafe impl<T: 'static, const S: usize, W: Memory, R: Memory> Memory for HiddenCurve<T, S, W, R> {}

/// z⁽ᴸ⁾, which becomes δ⁽ᴸ⁾, and its rate of change.
#[repr(C)]
#[derive(Debug)]
pub struct LastCurve<T, const S: usize> {
    z: Block<T, S>,
    z_dot: Block<T, S>,
}

// SAFETY: fields that are `Memory` themselves.
unsafe impl<T: 'static, const S: usize> Memory for LastCurve<T, S> {}

type Room<R, T, const S: usize> =
    HiddenCurve<T, S, <R as Chain>::Transposed<T>, <R as Chain>::Curve<T>>;

pub(super) fn hidden_layer<
    V: Lanes,
    G: Activation,
    R: Chain,
    const S_OUT: usize,
    const S_IN: usize,
>(
    line: Line<'_, V::Scalar>,
    targets: &[V::Scalar],
    sink: IntoGradient<'_, V::Scalar>,
    memory: &mut Room<R, V::Scalar, S_OUT>,
    front: Front<'_, V::Scalar, Transposed<V::Scalar, S_OUT, S_IN>>,
) {
    let (line, line_rest) = line.split_at(S_OUT * (S_IN + 1));
    let (sink, sink_rest) = sink.split_at(S_OUT * (S_IN + 1));
    let count = front.a().count;
    let HiddenCurve { a, a_dot, g_prime, bend, transposed, rest } = memory;
    let stride = a.stride();

    let rows = [a.entries_mut(), a_dot.entries_mut()];
    line.forward::<V, _>([S_OUT, S_IN], &front, rows, stride);
    let kernel = Activate {
        g: PhantomData::<G>,
        z: a.entries_mut(),
        rate: a_dot.entries_mut(),
        g_prime: g_prime.entries_mut(),
        bend: (line.matrix == Matrix::Hessian).then_some(bend.entries_mut()),
    };
    V::call(Rowwise { units: S_OUT, count, stride, kernel });

    let this = Front::Layer {
        a: a.entries_mut(),
        a_dot: a_dot.entries_mut(),
        g_prime: g_prime.entries(),
        bend: bend.entries(),
        stride,
        transposed,
        count,
    };
    R::curve::<V>(line_rest, targets, sink_rest, rest, this);
    let deltas = [a.examples(count), a_dot.examples(count)];
    line.backward::<V, S_OUT, S_IN>(deltas, sink, front);
}

pub(super) fn output_layer<
    V: Lanes,
    H: Output,
    C: Cost<H>,
    const S_OUT: usize,
    const S_IN: usize,
>(
    line: Line<'_, V::Scalar>,
    targets: &[V::Scalar],
    sink: IntoGradient<'_, V::Scalar>,
    memory: &mut LastCurve<V::Scalar, S_OUT>,
    front: Front<'_, V::Scalar, Transposed<V::Scalar, S_OUT, S_IN>>,
) {
    let count = front.a().count;
    let LastCurve { z, z_dot } = memory;
    let stride = z.stride();
    let rows = [z.entries_mut(), z_dot.entries_mut()];
    line.forward::<V, _>([S_OUT, S_IN], &front, rows, stride);
    V::call(DeltaAndRate::<H, C, _, S_OUT> {
        kind: PhantomData,
        matrix: line.matrix,
        stride,
        z: z.entries_mut(),
        z_dot: z_dot.entries_mut(),
        targets: &targets[..count * S_OUT],
        scale: line.scale,
    });
    let deltas = [z.examples(count), z_dot.examples(count)];
    line.backward::<V, S_OUT, S_IN>(deltas, sink, front);
}
