//! Parts of a batch: sums that one of several machines computes, and what is made of them together.
//!
//! Sums go along the binary tree over blocks, whoever computes its nodes. A part is a node if it begins at a
//! multiple of so many leaves as it has, a power of two, or of fewer at the batch's end.

use core::ops::Range;

use super::Batch;
use crate::error::Error;
use crate::fast::elementwise::update;
use crate::fast::pairwise::Waiting;
use crate::fast::passes::sink::{Add, AddDecay};
use crate::fast::registers::Float;
use crate::fast::{self, Frozen, Pieces, Place};
use crate::gradient::BLOCK;
use crate::network::{FloatNetwork, Network, ScalarOf, over};
use crate::regularization::Regularization;
use crate::workspace::Workspace;

#[doc(hidden)]
impl<N: FloatNetwork> Batch<'_, N> {
    /// These examples as a part of a batch of more.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// How many examples are a leaf of the tree.
    #[must_use]
    pub const fn leaf(&self) -> usize {
        if self.is_in_registers() { fast::RUN } else { BLOCK }
    }

    /// Σ of the costs, and Δ of them divided by the batch's m into `sums`: without λ.
    ///
    /// # Errors
    ///
    /// As [`cost_and_gradient`](Self::cost_and_gradient); an example is counted in the part.
    pub fn sums(
        &self,
        net: &N,
        sums: &mut [N::Scalar],
        workspace: &mut Workspace<N>,
    ) -> Result<N::Scalar, Error> {
        let (none, place, m) = (Regularization::none(), self.placed(), self.inputs.len());
        let &Self { inputs, targets, frozen, .. } = self;
        if !self.is_plain() {
            return self.in_two_goes(net, &none, |blocks| {
                let (memory, [first, above], crew) = workspace.parts(blocks.count());
                let (room, waiting) = (memory.room()?, Waiting::new(first, above));
                blocks.cost_and_gradient(room, waiting, Some(&mut *sums), crew)
            });
        }
        over(net, inputs, targets, &none, frozen, |data| {
            let data = data.at(place);
            let (memory, waiting, crew) = workspace.parts(fast::sums::<N::Chain>(m));
            let into = Some(&mut *sums);
            let theta = net.parameters();
            fast::cost_and_gradient::<N::Chain, _>(theta, data, memory, waiting, into, crew)
        })
    }

    /// [`sums`](Self::sums) in pieces, in their order: each is taken, and `told` with where it begins, as soon as it is
    /// there. They are all of Δ, and begin where a row of [bias | weights]ᵀ of some Θ⁽ˡ⁾ does: networks that fit into
    /// registers have one.
    ///
    /// # Errors
    ///
    /// As [`sums`](Self::sums); nothing has been told.
    pub fn sums_in_pieces<'s>(
        &self,
        net: &N,
        pieces: &mut [(usize, &'s mut [N::Scalar])],
        workspace: &mut Workspace<N>,
        told: &mut dyn FnMut(usize, &'s mut [N::Scalar]),
    ) -> Result<N::Scalar, Error> {
        if let [(begin, sums)] = pieces
            && self.is_in_registers()
        {
            let cost = self.sums(net, sums, workspace)?;
            told(*begin, core::mem::take(sums));
            return Ok(cost);
        }
        self.in_two_goes(net, &Regularization::none(), |blocks| {
            let (memory, [first, above], crew) = workspace.parts(blocks.count());
            let (room, waiting) = (memory.room()?, Waiting::new(first, above));
            let pieces = Pieces { pieces: &mut *pieces, told: &mut *told };
            blocks.cost_and_gradient_in_pieces(room, waiting, pieces, crew)
        })
    }

    /// Σ of the costs alone.
    ///
    /// # Errors
    ///
    /// As [`sums`](Self::sums).
    pub fn sum_of_costs(&self, net: &N, workspace: &mut Workspace<N>) -> Result<N::Scalar, Error> {
        let (none, place) = (Regularization::none(), self.placed());
        let &Self { inputs, targets, frozen, .. } = self;
        if !self.is_plain() {
            return self.in_two_goes(net, &none, |blocks| {
                let (memory, crew) = workspace.memory();
                blocks.cost(memory.room()?, crew)
            });
        }
        over(net, inputs, targets, &none, frozen, |data| {
            let (memory, crew) = workspace.memory();
            fast::cost::<N::Chain, _>(net.parameters(), data.at(place), memory, crew)
        })
    }

    /// ∂J/∂Θ = Δ/m + λ Θ of some `entries`, whose Δ/m is `sums`.
    pub fn finish(
        &self,
        net: &N,
        regularization: &Regularization<N::Scalar>,
        entries: Range<usize>,
        sums: &mut [N::Scalar],
    ) {
        let (theta, m) = (net.parameters(), self.placed().of);
        let decays = regularization.decays(m);
        if self.is_in_registers() {
            return finish::<N>(theta, decays, self.frozen, entries, sums, add_product);
        }
        finish::<N>(theta, decays, self.frozen, entries, sums, |sums, theta, decay| {
            if decay != nalgebra::zero() {
                update(sums, theta, AddDecay(decay));
            }
        });
    }

    pub(crate) fn placed(&self) -> Place {
        self.place.unwrap_or(Place { first: 0, of: self.inputs.len() })
    }

    const fn is_plain(&self) -> bool {
        self.weights.is_none() && self.drops.is_none() && !self.in_blocks
    }

    /// Whether it is summed as a whole.
    const fn is_in_registers(&self) -> bool {
        self.is_plain() && fast::is_tiny::<N::Chain>()
    }
}

/// ∂J/∂Θ += λ Θ, as networks that fit into registers have it: rounded twice.
fn add_product<T: Float>(sums: &mut [T], theta: &[T], decay: T) {
    for (sum, &theta) in sums.iter_mut().zip(theta) {
        *sum += decay * theta;
    }
}

/// `add`s what λ makes of `theta` to these `entries`, of weights and biases apart, unless they are frozen.
fn finish<N: Network<Scalar: Float>>(
    theta: &[N::Scalar],
    (of_weights, of_bias): (N::Scalar, N::Scalar),
    mut frozen: Frozen,
    entries: Range<usize>,
    sums: &mut [N::Scalar],
    add: impl Fn(&mut [N::Scalar], &[N::Scalar], N::Scalar),
) {
    if of_weights == nalgebra::zero() {
        return;
    }
    let mut first = 0;
    for shape in N::SHAPES {
        let (behind_bias, end) = (first + shape.s_out, first + shape.parameters());
        for (part, decay) in [(first..behind_bias, of_bias), (behind_bias..end, of_weights)] {
            let (from, to) = (part.start.max(entries.start), part.end.min(entries.end));
            if from < to && !frozen.first() {
                let sums = &mut sums[from - entries.start..to - entries.start];
                add(sums, &theta[from..to], decay);
            }
        }
        (first, frozen) = (end, frozen.behind());
    }
}

/// λ v in place of λ Θ: what finishes a product with a curvature matrix.
#[doc(hidden)]
pub fn finish_product<N: FloatNetwork>(
    direction: &[ScalarOf<N>],
    regularization: &Regularization<ScalarOf<N>>,
    m: usize,
    product: &mut [ScalarOf<N>],
) {
    let (decays, all) = (regularization.decays(m), 0..N::PARAMETERS);
    finish::<N>(direction, decays, Frozen::NONE, all, product, |sums, v, decay| {
        if decay != nalgebra::zero() {
            update(sums, v, AddDecay(decay));
        }
    });
}

/// sum ← sum + term: what joins two nodes. Panics if the lengths differ.
#[doc(hidden)]
pub fn join<T: Float>(sum: &mut [T], term: &[T]) {
    update(sum, term, Add);
}
