//! The product of a curvature matrix with a direction, block by block.

use super::{ExamplesOf, assert_chain, floats, floats_mut, is, same};
use crate::chain::Chain;
use crate::chain::bend::{Front, Line};
use crate::chain::memory::TILE;
use crate::chain::sink::{IntoGradient, Stage};
use crate::curvature::{CurvatureWorkspace, Request};
use crate::network::Network;
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
    simd::run(Multiply::<N::Chain, F> {
        line: Line { theta, direction, matrix: *matrix, scale: examples.scale() },
        examples,
        memory: same(workspace.memory()),
        product: floats_mut(product.parameters_mut()),
    });
}

struct Multiply<'a, C: Chain, F: Float> {
    line: Line<'a, F>,
    examples: ExamplesOf<'a, F>,
    memory: &'a mut C::Curve<F>,
    product: &'a mut [F],
}

impl<C: Chain, F: Float> Task<F> for Multiply<'_, C, F> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) {
        let Self { line, examples, memory, product } = self;
        for first in (0..examples.m).step_by(TILE) {
            let m = TILE.min(examples.m - first);
            let (x, targets) = examples.block::<C>(first, m);
            let stage = if first + m == examples.m {
                let before = if first == 0 { Before::None } else { Before::InPlace };
                Stage::Last { before }
            } else if first == 0 {
                Stage::First
            } else {
                Stage::Middle
            };
            // λ multiplies Θ in ∇J, and so v here.
            let theta = line.direction;
            let sink =
                IntoGradient { theta, gradient: &mut *product, stage, decay: examples.decay };
            C::curve::<V>(line, targets, sink, memory, Front::Inputs(x));
        }
    }
}
