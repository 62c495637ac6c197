//! Predictions and costs, one example at a time.

use super::Network;
use super::dispatch::assert_chain;
use crate::fast;
use crate::fast::pairwise::Total;
use crate::gradient::BLOCK;

/// h_Θ(x) of one example into `output`.
#[inline(always)]
pub(super) fn predict_in_place<N: Network>(net: &N, x: &N::Input, output: &mut N::Target) {
    const { assert_chain::<N>() };
    let (theta, into) = (net.parameters(), output.as_mut());
    if fast::predict_one::<N::Chain, _>(theta, x.as_ref(), into).is_none() {
        predict_readably(net, x, output);
    }
}

// Traces are large: in functions of their own, so that no other has them on its stack.
fn predict_readably<N: Network>(net: &N, x: &N::Input, output: &mut N::Target) {
    output.clone_from(N::output_of_fields(&net.forward_fields(x)));
}

/// Σ of the costs, of blocks along the tree.
pub(super) fn cost_one_by_one<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
) -> N::Scalar {
    let mut cost = Total::<N::Scalar>::new();
    for (xs, ys) in inputs.chunks(BLOCK).zip(targets.chunks(BLOCK)) {
        let mut block: N::Scalar = nalgebra::zero();
        for (x, y) in xs.iter().zip(ys) {
            block += N::cost_of_fields(&net.forward_fields(x), y);
        }
        cost.add(block);
    }
    cost.get()
}
