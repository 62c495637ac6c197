//! The examples that are looked at behind each epoch, and what each of them weighs.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::course::{SPLIT, random};
use super::fit::{Fit, Validation};
use super::metrics::class_of_target;
use crate::batch::{Batch, is_weight};
use crate::data::select;
use crate::error::Error;
use crate::fast::registers::Float;
use crate::input::Sample;
use crate::network::Network;
use crate::real::to_f64;
use crate::regularization::Regularization;
use crate::workspace::Workspace;

/// Inputs and targets, of somebody's or copied, and a weight for each if they differ.
pub(super) struct Examples<'a, N: Network> {
    inputs: Cow<'a, [N::Input]>,
    pub(super) targets: Cow<'a, [N::Target]>,
    weights: Option<Vec<N::Scalar>>,
}

impl<N: Network<Scalar: Float>> Examples<'_, N> {
    pub(super) fn both(&self) -> (&[N::Input], &[N::Target]) {
        (&self.inputs, &self.targets)
    }

    /// J without λ.
    pub(super) fn cost(&self, net: &N, workspace: &mut Workspace<N>) -> Result<N::Scalar, Error> {
        let (inputs, targets, none) = (&self.inputs, &self.targets, Regularization::none());
        match &self.weights {
            None => net.cost_with(inputs, targets, &none, workspace),
            Some(weights) => {
                Batch::new(inputs, targets).with_weights(weights).cost(net, &none, workspace)
            }
        }
    }
}

/// The examples that validate, one of which weighs something. Those split off are taken out of
/// `in_order`, and weigh what they did.
pub(super) fn held_out<'a, N: Network<Scalar: Float>>(
    fit: &Fit<'a, N>,
    net: &N,
    (inputs, targets): (&[N::Input], &[N::Target]),
    weights: Option<&[N::Scalar]>,
    in_order: &mut Vec<usize>,
) -> Result<Option<Examples<'a, N>>, Error> {
    let held_out = match fit.validation {
        Validation::On(inputs, targets, weights) => {
            net.check_examples(inputs, targets, &fit.regularization)
                .map_err(Error::of_validation)?;
            let weights = weights_of::<N>((inputs, targets), weights, fit.class_weights)
                .map_err(Error::of_validation)?;
            Some(Examples { inputs: inputs.into(), targets: targets.into(), weights })
        }
        Validation::None | Validation::Split(_) => drawn_out(fit, in_order)?
            .map(|chosen| copies(inputs, targets, weights, &chosen))
            .transpose()?,
    };
    let weights = held_out.as_ref().and_then(|examples| examples.weights.as_deref());
    // J would be 0 whatever the network says, and every epoch as good as the first.
    if weights.is_some_and(|weights| weights.iter().all(|weight| *weight == nalgebra::zero())) {
        return Err(Error::NoWeight.of_validation());
    }
    Ok(held_out)
}

/// The examples that validate, taken out of `in_order`, if they are to be drawn.
pub(super) fn drawn_out<N: Network>(
    fit: &Fit<'_, N>,
    in_order: &mut Vec<usize>,
) -> Result<Option<Vec<usize>>, Error> {
    match fit.validation {
        Validation::Split(share) => split(in_order, share, &mut random(fit.seed, SPLIT, 0)),
        Validation::None | Validation::On(..) => Ok(None),
    }
}

/// Takes a share of the examples out of `examples`, if there is one.
fn split(
    examples: &mut Vec<usize>,
    share: f64,
    rng: &mut ChaCha8Rng,
) -> Result<Option<Vec<usize>>, Error> {
    let m = examples.len();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to m")]
    #[allow(clippy::cast_precision_loss, reason = "examples are far below 2⁵³")]
    let taken = (m as f64 * share + 0.5) as usize;
    // Some, where some are asked for.
    let taken = if share > 0.0 { taken.max(1) } else { taken };
    if !(0.0..1.0).contains(&share) || taken >= m {
        let expected = "from 0 to below 1, with an example left to train with";
        return Err(Error::Setting { name: "validation split", value: share, expected });
    }
    if taken == 0 {
        return Ok(None);
    }
    let mut shuffled = examples.clone();
    shuffled.shuffle(rng);
    let mut chosen = shuffled.split_off(m - taken);
    shuffled.sort_unstable();
    chosen.sort_unstable();
    *examples = shuffled;
    Ok(Some(chosen))
}

pub(super) fn copies<N: Network>(
    inputs: &[N::Input],
    targets: &[N::Target],
    weights: Option<&[N::Scalar]>,
    chosen: &[usize],
) -> Result<Examples<'static, N>, Error> {
    let weights = weights.map(|weights| select(weights, chosen)).transpose()?;
    let (inputs, targets) = (select(inputs, chosen)?, select(targets, chosen)?);
    Ok(Examples { inputs: inputs.into(), targets: targets.into(), weights })
}

/// The weight of each example, times that of its class.
pub(super) fn weights_of<N: Network<Scalar: Float>>(
    (inputs, targets): (&[N::Input], &[N::Target]),
    weights: Option<&[N::Scalar]>,
    class_weights: Option<&[N::Scalar]>,
) -> Result<Option<Vec<N::Scalar>>, Error> {
    if weights.is_none() && class_weights.is_none() {
        return Ok(None);
    }
    let ones = || vec![nalgebra::one(); inputs.len()];
    let mut weights = weights.map_or_else(ones, <[_]>::to_vec);
    // By themselves: two negative ones make one that is not.
    Batch::<N>::new(inputs, targets).with_weights(&weights).check_weights()?;
    if let Some(of_class) = class_weights {
        let expected = N::Target::SIZE.max(2);
        if of_class.len() != expected {
            return Err(Error::WeightCounts { of: "classes", expected, found: of_class.len() });
        }
        if let Some(class) = of_class.iter().position(|weight| !is_weight(weight)) {
            return Err(Error::ClassWeight { class, value: to_f64(&of_class[class]) });
        }
        for (example, (weight, y)) in weights.iter_mut().zip(targets).enumerate() {
            let class = class_of_target(y).map_err(|fault| Error::Target { example, fault })?;
            let product = *weight * of_class[class];
            if !is_weight(&product) {
                let [value, of_class] = [&*weight, &of_class[class]].map(to_f64);
                return Err(Error::WeightProduct { example, value, class, of_class });
            }
            *weight = product;
        }
    }
    Ok(Some(weights))
}
