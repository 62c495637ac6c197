//! Curvature, over a block of examples: the lines of `rates.rs` in tiles of registers, for as many
//! examples as a block has.
//!
//! R{z⁽ˡ⁺¹⁾} = V⁽ˡ⁾ [1; a⁽ˡ⁾] + Θ⁽ˡ⁾ [0; R{a⁽ˡ⁾}],  R{a⁽ˡ⁾} = g′(z⁽ˡ⁾) ∘ R{z⁽ˡ⁾};
//! R{δ⁽ˡ⁾} = R{c⁽ˡ⁾} ∘ g′(z⁽ˡ⁾) + c⁽ˡ⁾ ∘ g″(z⁽ˡ⁾) ∘ R{z⁽ˡ⁾} with c⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row,
//! R{Δ⁽ˡ⁾} = Σ R{δ⁽ˡ⁺¹⁾} [1; a⁽ˡ⁾]ᵀ + δ⁽ˡ⁺¹⁾ [0; R{a⁽ˡ⁾}]ᵀ.

mod end;

mod rowwise;

use core::marker::PhantomData;

use super::layer::Layer;
use super::rates::Matrix;
use super::sink::{IntoGradient, Sink};
use crate::activation::Activation;
use crate::cost::Cost;
use crate::fast::list::{Keeps, Layers, Pass};
use crate::fast::memory::{Block, Examples, Layered, Room, stride};
use crate::fast::product::Finish;
use crate::fast::registers::{Float, Lanes};
use crate::output::Output;
use end::DeltaAndRate;
use rowwise::{Activate, Deltas, Rowwise};

/// Θ + r v: Θ⁽ˡ⁾ and those behind, and V⁽ˡ⁾ and those behind. `scale` is what every cost counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a, T> {
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
        [
            Layer { theta, s_out, s_in, watched: false },
            Layer { theta: direction, s_out, s_in, watched: false },
        ]
    }

    /// z = Θ [1; a], and R{z} = V [1; a] + Θ [0; R{a}].
    fn forward<V: Lanes<Scalar = T>>(
        self,
        [s_out, s_in]: [usize; 2],
        front: &Front<'_, T>,
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
        front: Front<'_, T>,
        weights: &mut [T],
    ) {
        let hessian = self.matrix == Matrix::Hessian;
        let of_a_dot = front.a_dot().filter(|_| hessian).map(|a_dot| (a_dot, delta));
        sink.take_sum::<V>(S_OUT, S_IN, (front.a(), delta_dot), of_a_dot);

        // a and R{a} have done their work: ∂J/∂a and its rate take their places.
        let Front::Layer { a, a_dot, g_prime, bend, stride, count } = front else {
            return;
        };
        let [theta, v] = self.layers(S_OUT, S_IN);
        let columns = stride;
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
enum Front<'a, T> {
    /// x, which nothing changes, and whose δ nobody asks for.
    Inputs(Examples<'a, T>),
    /// `count` examples of a layer: a and R{a}, to be made δ and R{δ}.
    Layer {
        a: &'a mut [T],
        a_dot: &'a mut [T],
        g_prime: &'a [T],
        bend: &'a [T],
        stride: usize,
        count: usize,
    },
}

impl<T> Front<'_, T> {
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

/// What is kept of a block.
#[derive(Debug)]
pub struct Rates<T>(PhantomData<T>);

// SAFETY: blocks are made of `MaybeUninit<T>`.
unsafe impl<T: Send + Sync + 'static> Keeps for Rates<T> {
    type Scalar = T;
    /// z, then a, and going backward δ; beside it its rate of change; g′(z); g″(z) ∘ R{z}.
    type Hidden<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 4];
    /// z⁽ᴸ⁾, which becomes δ⁽ᴸ⁾, and its rate of change.
    type Last<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 2];
}

/// What the block `x` adds to the product of a curvature matrix with a direction, into the `sink`.
pub(crate) fn curvature<L: Layers, V: Lanes>(
    line: Line<'_, V::Scalar>,
    x: Examples<'_, V::Scalar>,
    targets: &[V::Scalar],
    sink: IntoGradient<'_, V::Scalar>,
    room: Room<'_, V::Scalar>,
) {
    let Room { blocks, weights } = room;
    let blocks = Layered::new(blocks);
    L::walk(Curvature::<V> { line, targets, sink, front: Front::Inputs(x), blocks, weights });
}

struct Curvature<'a, V: Lanes> {
    /// Of Θ⁽ˡ⁾ and those behind.
    line: Line<'a, V::Scalar>,
    targets: &'a [V::Scalar],
    sink: IntoGradient<'a, V::Scalar>,
    front: Front<'a, V::Scalar>,
    blocks: Layered<'a, V::Scalar>,
    weights: &'a mut [V::Scalar],
}

impl<V: Lanes> Pass for Curvature<'_, V> {
    type Output = ();

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) {
        let Self { line, targets, sink, front, blocks, weights } = self;
        let (line, line_rest) = line.split_at(S_OUT * (S_IN + 1));
        let (sink, sink_rest) = sink.split_at(S_OUT * (S_IN + 1));
        let (count, stride) = (front.a().count, stride::<V::Scalar>(S_OUT));
        let (a, blocks) = blocks.next(S_OUT);
        let (a_dot, blocks) = blocks.next(S_OUT);
        let (g_prime, blocks) = blocks.next(S_OUT);
        let (bend, blocks) = blocks.next(S_OUT);

        line.forward::<V>([S_OUT, S_IN], &front, [&mut *a, &mut *a_dot], stride);
        let kernel = Activate {
            g: PhantomData::<G>,
            z: &mut *a,
            rate: &mut *a_dot,
            g_prime: &mut *g_prime,
            bend: (line.matrix == Matrix::Hessian).then_some(&mut *bend),
        };
        V::call(Rowwise { units: S_OUT, count, stride, kernel });

        Rest::walk(Curvature::<V> {
            line: line_rest,
            targets,
            sink: sink_rest,
            front: Front::Layer { a: &mut *a, a_dot: &mut *a_dot, g_prime, bend, stride, count },
            blocks,
            weights: &mut *weights,
        });
        let of = |entries| Examples { entries, stride, count };
        line.backward::<V, S_OUT, S_IN>([of(a), of(a_dot)], sink, front, weights);
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) {
        let Self { line, targets, sink, front, blocks, weights } = self;
        let (count, stride) = (front.a().count, stride::<V::Scalar>(S_OUT));
        let (z, blocks) = blocks.next(S_OUT);
        let (z_dot, _) = blocks.next(S_OUT);
        line.forward::<V>([S_OUT, S_IN], &front, [&mut *z, &mut *z_dot], stride);
        V::call(DeltaAndRate::<H, C, _, S_OUT> {
            kind: PhantomData,
            matrix: line.matrix,
            stride,
            z: &mut *z,
            z_dot: &mut *z_dot,
            targets: &targets[..count * S_OUT],
            scale: line.scale,
        });
        let of = |entries| Examples { entries, stride, count };
        line.backward::<V, S_OUT, S_IN>([of(z), of(z_dot)], sink, front, weights);
    }
}
