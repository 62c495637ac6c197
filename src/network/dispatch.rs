//! From a network and its examples to numbers, and back to an error where they are none.

use super::Network;
use crate::cost::Cost;
use crate::error::Error;
use crate::fast::list::Layers;
use crate::fast::pairwise::Total;
use crate::fast::{self, Data, Frozen, Place};
use crate::gradient::{BLOCK, sum_over_blocks};
use crate::input::{Sample, check_targets};
use crate::real::count;
use crate::regularization::Regularization;
use crate::shapes::parameters::Parameters;
use crate::workspace::Workspace;

/// J and ∇J, in which what is frozen is 0, where the workspace has its sums.
#[inline(always)]
pub(crate) fn gradient_in<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
    frozen: Frozen,
) -> Result<N::Scalar, Error> {
    let m = inputs.len();
    let cost = if fast::has_path::<N::Scalar>() {
        over(net, inputs, targets, regularization, frozen, |data| {
            let (memory, waiting, crew) = workspace.parts(fast::sums::<N::Chain>(m));
            let theta = net.parameters();
            fast::cost_and_gradient::<N::Chain, _>(theta, data, memory, waiting, None, crew)
        })?
    } else {
        net.check_examples(inputs, targets, regularization)?;
        let (sums, waiting) = workspace.apart(m.div_ceil(BLOCK));
        let cost = sum_over_blocks(net, inputs, targets, sums, waiting);
        sums.finish(net, m, regularization);
        forget::<N>(frozen, workspace.gradient_mut().parameters_mut());
        cost
    };
    Ok(cost / count(m) + regularization.penalty(net, m))
}

/// 0 where Θ⁽ˡ⁾ is frozen.
fn forget<N: Network>(mut frozen: Frozen, mut gradient: &mut [N::Scalar]) {
    for shape in N::SHAPES {
        let (of_theta, rest) = gradient.split_at_mut(shape.parameters());
        if frozen.first() {
            of_theta.fill(nalgebra::zero());
        }
        (gradient, frozen) = (rest, frozen.behind());
    }
}

/// What `go` gives for the examples, in registers.
#[inline(always)]
pub(crate) fn over<N: Network, R>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    frozen: Frozen,
    mut go: impl FnMut(Data<'_, N::Scalar>) -> Option<R>,
) -> Result<R, Error> {
    let check = || net.check_examples(inputs, targets, regularization);
    in_two_goes(check, is_suspicious::<N>(inputs, targets, regularization), |checked| {
        let decays = regularization.decays(inputs.len());
        go(data::<N>(inputs, targets, &decays, frozen, checked))
    })
}

/// The examples as numbers, with what λ makes of Θ.
#[inline(always)]
pub(crate) fn data<'a, N: Network>(
    inputs: &'a [N::Input],
    targets: &'a [N::Target],
    decays: &'a (N::Scalar, N::Scalar),
    frozen: Frozen,
    checked: bool,
) -> Data<'a, N::Scalar> {
    const { assert_chain::<N>() };
    let (m, inputs, targets) = (inputs.len(), Sample::flat(inputs), Sample::flat(targets));
    Data { inputs, targets, m, place: Place { first: 0, of: m }, decays, frozen, checked }
}

/// Whether something is wrong that no z shows.
#[inline]
pub(crate) fn is_suspicious<N: Network>(
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
) -> bool {
    inputs.is_empty()
        || inputs.len() != targets.len()
        || regularization.check().is_err()
        || check_targets(targets, N::Cost::check_target).is_err()
}

/// What `go` gives, which stops where some z is not finite unless it is told that all numbers are
/// right: only then, or where something is `suspicious`, are they looked at one by one.
#[inline(always)]
pub(crate) fn in_two_goes<R>(
    check: impl Fn() -> Result<(), Error>,
    suspicious: bool,
    mut go: impl FnMut(bool) -> Option<R>,
) -> Result<R, Error> {
    let mut checked = suspicious;
    if suspicious {
        check()?;
    }
    loop {
        if let Some(result) = go(checked) {
            return Ok(result);
        }
        check()?;
        // Finite numbers that overflow on the way: that is the answer, then.
        checked = true;
    }
}

/// A network by hand may name a chain of other sizes: that stops the build.
pub(crate) const fn assert_chain<N: Network>() {
    assert!(
        <N::Chain as Layers>::PARAMETERS == N::PARAMETERS
            && <N::Chain as Layers>::S_IN == <N::Input as Sample<N::Scalar>>::SIZE
            && <N::Chain as Layers>::S_OUT == <N::Target as Sample<N::Scalar>>::SIZE,
        "`Chain` has other sizes than the network"
    );
}

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

#[cfg(test)]
mod tests {
    /// In whose chain the network by hand of the documentation has an output too many.
    mod constprop {
        pub use crate::*;

        pub mod chain {
            pub use crate::chain::Step;

            pub type Last<E, const S_OUT: usize, const S_IN: usize> =
                crate::chain::Last<E, 3, S_IN>;
        }
    }

    include!("../macros/by_hand.rs");

    #[test]
    #[should_panic(expected = "`Chain` has other sizes than the network")]
    fn a_chain_of_other_sizes_is_refused() {
        super::assert_chain::<Article>();
    }
}
