//! The product of a curvature matrix with a direction, block by block.

use super::{ExamplesOf, assert_chain, floats, floats_mut, is, same};
use crate::chain::Chain;
use crate::chain::bend::{Front, Line};
use crate::chain::sink::{IntoGradient, Stage, add_in};
use crate::curvature::{CurvatureWorkspace, Request};
use crate::network::Network;
use crate::pairwise::{Above, Waiting};
use crate::parameters::Parameters;
use crate::product::Before;
use crate::simd::{self, Float, Lanes, Task};

/// The product, of which everything has been checked.
#[inline(always)]
pub(crate) fn multiply<N: Network>(
    net: &N,
    request: &mut Request<'_, N>,
    workspace: &mut CurvatureWorkspace<N>,
) -> Option<()> {
    as_float!(N::Scalar, multiply_of(net, request, workspace))
}

#[inline]
fn multiply_of<N: Network, F: Float>(
    net: &N,
    request: &mut Request<'_, N>,
    workspace: &mut CurvatureWorkspace<N>,
) {
    const { assert_chain::<N>() };
    let Request { matrix, inputs, targets, regularization, direction, product } = request;
    let (theta, direction) = (floats(net.parameters()), floats(direction.parameters()));
    let examples = ExamplesOf::new::<N>(inputs, targets, regularization, true);
    let (memory, rows) = workspace.parts(examples.blocks());
    simd::run(Multiply::<N::Chain, F> {
        line: Line { theta, direction, matrix: *matrix, scale: examples.scale() },
        examples,
        memory: same(memory),
        rows: floats_mut(rows),
        product: floats_mut(product.parameters_mut()),
    });
}

struct Multiply<'a, C: Chain, F: Float> {
    line: Line<'a, F>,
    examples: ExamplesOf<'a, F>,
    memory: &'a mut C::Curve<F>,
    /// Room for what waits to be added.
    rows: &'a mut [F],
    product: &'a mut [F],
}

impl<C: Chain, F: Float> Task<F> for Multiply<'_, C, F> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) {
        let Self { line, examples, memory, rows, product } = self;
        let (last, apart) = (examples.blocks() - 1, !rows.is_empty());
        let (first, above) = rows.split_at_mut(if apart { product.len() } else { 0 });
        let mut waiting = Waiting::new(first, above);
        for block in 0..=last {
            // A block comes as two sums, so that it cannot be added to another on its way; where there
            // is no heap for that other one, it is.
            let alone = apart || block == 0;
            let stage = if block == last {
                let before = if alone { Before::None } else { Before::InPlace };
                let above = if apart { waiting.all(block) } else { Above::none() };
                Stage::Last { before, above }
            } else if alone {
                Stage::First
            } else {
                Stage::Middle
            };
            // λ multiplies Θ in ∇J, and so v here.
            let (theta, decay) = (line.direction, examples.decay);
            let sink = IntoGradient { theta, gradient: &mut *product, stage, decay };
            let (x, targets) = examples.block::<C>(block);
            C::curve::<V>(line, targets, sink, memory, Front::Inputs(x));
            if apart && block < last {
                waiting.push(block, product, add_in::<V>);
            }
        }
    }
}
