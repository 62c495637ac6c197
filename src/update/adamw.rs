//! AdamW: Adam with a decay of its own.

use core::borrow::BorrowMut;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use super::formula::{self, Formula, compiled};
use super::{Adam, AdamSettings, ByLayer, Call, Learning, Moments, Optimizer, check_setting};
use crate::error::Error;
use crate::fast::Crew;
use crate::gradient::Gradient;
use crate::network::{Network, ScalarOf};
use crate::real::Real;
#[cfg(feature = "std")]
use crate::threads::Threads;

use super::adam::ByMoments;

/// AdamW: [`Adam`], and apart from it every Θ made smaller,
///
/// Θ ← (1 − α w) Θ, then Adam's Θ ← Θ − α (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε).
///
/// λ of [`Regularization`](crate::Regularization) is a part of J: its slope goes through m and v,
/// where it is divided by the size of the gradient like everything else. The decay w is no part of
/// J and goes through neither. It takes the biases too. Source: Loshchilov, Hutter 2019, with α before w, as PyTorch
/// has it.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let mut tiny = Tiny::new(Theta::new([1.0], [[0.0]]));
/// let mut adam_w = AdamW::new(AdamSettings { rate: 0.1, ..AdamSettings::default() }, 0.5)?;
/// let (_, gradient) = tiny.cost_and_gradient(&[[2.0]], &[[1.0]], &Regularization::none())?;
/// adam_w.step(&mut tiny, &gradient)?; // the gradient is 0
/// assert_eq!(tiny.theta1.bias[0], 1.0 - 0.1 * 0.5);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW<N: Network, M: BorrowMut<N> = Moments<N>> {
    pub(crate) adam: Adam<N, M>,
    pub(crate) decay: N::Scalar,
}

impl<N: Network> AdamW<N> {
    /// Adam's settings and the decay w, with m = v = 0, for networks of any size: they are
    /// [`Moments`].
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range; the decay is finite and
    /// not negative.
    pub fn new(settings: AdamSettings<ScalarOf<N>>, decay: ScalarOf<N>) -> Result<Self, Error> {
        Self::with(Adam::new(settings)?, decay)
    }

    /// The same with m and v in boxes that the type names.
    ///
    /// # Errors
    ///
    /// As [`new`](AdamW::new).
    #[cfg(feature = "alloc")]
    pub fn boxed(
        settings: AdamSettings<ScalarOf<N>>,
        decay: ScalarOf<N>,
    ) -> Result<AdamW<N, Box<N>>, Error> {
        AdamW::with(Adam::<N>::boxed(settings)?, decay)
    }
}

impl<N: Network, M: BorrowMut<N>> AdamW<N, M> {
    fn with(adam: Adam<N, M>, decay: N::Scalar) -> Result<Self, Error> {
        let adam_w = Self { adam, decay };
        adam_w.check()?;
        Ok(adam_w)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let fits = self.decay >= nalgebra::zero();
        check_setting("weight decay", &self.decay, fits, "finite and not negative")
    }

    /// α.
    pub const fn rate(&self) -> &N::Scalar {
        self.adam.rate()
    }

    /// Another α for the steps to come.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless α is finite and greater than 0; the rate is then as it was.
    pub fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        self.adam.set_rate(rate)
    }

    fn step_of(
        &mut self,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: Option<&Learning<N>>,
        crew: Crew<'_, ()>,
    ) -> Result<(), Error> {
        let (rate, constants) = (self.rate().clone(), self.next_constants());
        let state = self.adam.state();
        formula::step::<Decayed, N, 2, 9>(
            net,
            state,
            gradient,
            &rate,
            constants,
            (learning, crew),
        )?;
        self.adam.count_on();
        Ok(())
    }

    /// Of an α: 1 − α w, then Adam's.
    fn next_constants(&self) -> impl Fn(N::Scalar) -> [N::Scalar; 9] + use<N, M> {
        let (decay, adams) = (self.decay.clone(), self.adam.next_constants());
        move |rate| {
            let kept = nalgebra::one::<N::Scalar>() - rate.clone() * decay.clone();
            let [rate, root, new1, new2, beta1, beta2, epsilon, most] = adams(rate);
            [kept, rate, root, new1, new2, beta1, beta2, epsilon, most]
        }
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> Optimizer<N> for AdamW<N, M> {
    steps!(N);

    #[inline(always)]
    fn train_in_one(&mut self, call: &mut Call<'_, N>) -> Option<N::Scalar> {
        let (rate, constants) = (self.rate().clone(), self.next_constants());
        let j = formula::train::<Decayed, N, 2, 9>(call, self.adam.state(), &rate, constants)?;
        self.adam.count_on();
        Some(j)
    }

    fn rate(&self) -> N::Scalar {
        self.adam.rate().clone()
    }

    fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        self.set_rate(rate)
    }

    fn visit_state(&mut self, visit: &mut dyn FnMut(&'static str, &mut [N::Scalar])) {
        self.adam.visit_state(visit);
    }

    fn visit_settings(&self, visit: &mut dyn FnMut(&'static str, &N::Scalar)) {
        self.adam.visit_settings(visit);
        visit("adamw.decay", &self.decay);
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> ByLayer<N> for AdamW<N, M> {
    steps_by_layer!(N);
}

/// One step, with the constants in the order of [`AdamW::next_constants`].
#[derive(Clone, Copy)]
struct Decayed;

impl Formula<2, 9> for Decayed {
    compiled!(Decayed, 2, 9);

    #[inline(always)]
    fn update<V: Real>(constants: [V; 9], theta: V, state: [V; 2], g: V) -> (V, [V; 2]) {
        let [kept, rate, root, new1, new2, beta1, beta2, epsilon, most] = constants;
        let adams = [rate, root, new1, new2, beta1, beta2, epsilon, most];
        ByMoments::update(adams, kept * theta, state, g)
    }
}
