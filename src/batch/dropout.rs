//! Dropout: hidden units that are left out of a step, at random.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::fast::registers::{Float, either};

/// Inverted dropout on the hidden layers: a⁽ˡ⁾ ← a⁽ˡ⁾ ∘ r⁽ˡ⁾, where each entry of r⁽ˡ⁾ is 0 with
/// probability p_l and 1/(1 − p_l) else, drawn anew for every unit of every example in every step.
///
/// Backward it is g′(z⁽ˡ⁾) ∘ r⁽ˡ⁾ in place of g′(z⁽ˡ⁾). As E r = 1, predictions need no correction:
/// they are made with the whole network. Source: Srivastava et al. 2014, section 10, scaled while
/// training.
///
/// One p for each of the `HIDDEN` hidden layers, from layer 2 on; another number than the network
/// has does not compile. r is a function of the seed, the step, the layer, the example's number in
/// the batch and the unit, so that a step can be repeated: the cost of one step is a function of Θ
/// alone, whose gradient can be checked.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::{Batch, Dropout};
///
/// network! {
///     pub struct Net(3 => 8 Tanh => 8 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// let dropout = Dropout::new([0.2, 0.5], 7)?;
/// let (x, y) = ([[0.1, 0.2, 0.3]; 4], [[1.0]; 4]);
/// let net = Net::<f32>::seeded(1);
/// let mut workspace = Workspace::boxed();
/// let mut j = |step| {
///     let batch = Batch::new(&x, &y).with_dropout(&dropout, step);
///     let of = batch.cost_and_gradient(&net, &Regularization::none(), &mut workspace);
///     of.map(|(j, _gradient)| j)
/// };
/// assert_eq!(j(0)?, j(0)?);
/// assert_ne!(j(0)?, j(1)?);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout<const HIDDEN: usize> {
    pub(crate) rates: [f64; HIDDEN],
    pub(crate) seed: u64,
}

impl<const HIDDEN: usize> Dropout<HIDDEN> {
    /// The probability p_l that a unit is left out, for each hidden layer, and a seed.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless each p is from 0 to below 1.
    pub fn new(rates: [f64; HIDDEN], seed: u64) -> Result<Self, Error> {
        let dropout = Self { rates, seed };
        dropout.check()?;
        Ok(dropout)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        for &value in &self.rates {
            if !(0.0..1.0).contains(&value) {
                let expected = "from 0 to below 1";
                return Err(Error::Setting { name: "dropout", value, expected });
            }
        }
        Ok(())
    }

    /// p of each hidden layer.
    #[must_use]
    pub const fn rates(&self) -> &[f64; HIDDEN] {
        &self.rates
    }

    pub(crate) fn step(&self, step: u64) -> Drops<'_> {
        let (single, double) = (apply::<f32>, apply::<f64>);
        Drops { rates: &self.rates, rng: crate::rng(self.seed), step, single, double }
    }
}

/// What is left out of one step.
#[derive(Clone, Debug)]
pub(crate) struct Drops<'a> {
    pub(crate) rates: &'a [f64],
    pub(crate) rng: ChaCha8Rng,
    step: u64,
    // Pointers, so that a program without dropout has neither this nor its random numbers.
    single: Apply<f32>,
    double: Apply<f64>,
}

/// [`apply`] to one of the scalars.
type Apply<T> =
    for<'a, 'b> fn(&'b mut Drops<'a>, usize, usize, [usize; 2], &'b mut [T], &'b mut [T]);

/// Layers are at most 33: step and layer make one stream of random numbers.
const LAYERS: u64 = 64;

impl Drops<'_> {
    /// a ∘ r and g′ ∘ r of the `units` of `layer`, in rows `stride` apart for the
    /// examples from `first` on.
    pub(crate) fn apply<T: Float>(
        &mut self,
        layer: usize,
        first: usize,
        [units, stride]: [usize; 2],
        a: &mut [T],
        g_prime: &mut [T],
    ) {
        let apply: Apply<T> = either::<T, _, _, _>(&self.single, &self.double);
        apply(self, layer, first, [units, stride], a, g_prime);
    }
}

fn apply<T: Float>(
    drops: &mut Drops<'_>,
    layer: usize,
    first: usize,
    [units, stride]: [usize; 2],
    a: &mut [T],
    g_prime: &mut [T],
) {
    let p = drops.rates[layer - 2];
    if p == 0.0 {
        return;
    }
    drops.rng.set_stream(drops.step.wrapping_mul(LAYERS).wrapping_add(layer as u64));
    drops.rng.set_word_pos(first as u128 * units as u128);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "p is below 1")]
    let below = (p * 4_294_967_296.0) as u32;
    let kept = nalgebra::convert::<f64, T>(1.0 / (1.0 - p));
    let factor = |drawn: u32| if drawn < below { T::zero() } else { kept };
    for (a, g_prime) in a.chunks_mut(stride).zip(g_prime.chunks_mut(stride)) {
        for (a, g_prime) in a[..units].iter_mut().zip(g_prime) {
            let factor = factor(drops.rng.next_u32());
            *a *= factor;
            *g_prime *= factor;
        }
    }
}
