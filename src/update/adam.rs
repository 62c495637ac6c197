//! Adam.

use core::borrow::BorrowMut;
use core::slice;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use nalgebra::{ComplexField, RealField};

use super::formula::{self, Formula, compiled, most_to_square, within};
use super::{ByLayer, Call, Learning, Moments, Optimizer, below_one, check_rate, check_setting};
use crate::error::Error;
use crate::fast::Crew;
use crate::gradient::Gradient;
use crate::network::{Network, ScalarOf};
use crate::real::Real;
#[cfg(feature = "std")]
use crate::threads::Threads;

/// What steers [`Adam`].
#[derive(Clone, Debug, PartialEq)]
pub struct AdamSettings<T> {
    /// α, finite and greater than 0; 0.001 unless said otherwise.
    pub rate: T,
    /// β₁, from 0 to below 1: how long the mean of the gradient remembers; 0.9.
    pub beta1: T,
    /// β₂, from 0 to below 1: how long the mean of its square remembers; 0.999.
    pub beta2: T,
    /// ε, finite and greater than 0, added to the root; 1e-8.
    pub epsilon: T,
}

impl<T: RealField> Default for AdamSettings<T> {
    fn default() -> Self {
        let [rate, beta1, beta2, epsilon] = [1e-3, 0.9, 0.999, 1e-8].map(nalgebra::convert);
        Self { rate, beta1, beta2, epsilon }
    }
}

impl<T: RealField> AdamSettings<T> {
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_rate(&self.rate)?;
        below_one("beta1", &self.beta1)?;
        below_one("beta2", &self.beta2)?;
        let positive = self.epsilon > T::zero();
        check_setting("epsilon", &self.epsilon, positive, "finite and greater than 0")
    }
}

/// Adam: at step t, with g = ∂J/∂Θ and everything entry by entry,
///
/// m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,
/// Θ ← Θ − α (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε).
///
/// A |g| that is too large to be squared, beyond ½ √max (9 · 10¹⁸ in `f32`, 6 · 10¹⁵³ in `f64`),
/// counts as that. One whose square vanishes (10⁻²³, 10⁻¹⁶²) adds nothing to v: ε alone divides it.
///
/// m and v have the parameters' own shapes, and are on the heap. Source: Kingma, Ba 2015, Algorithm 1.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let mut tiny = Tiny::new(Theta::new([0.0], [[0.0]]));
/// let mut adam = Adam::new(AdamSettings { rate: 0.1, ..AdamSettings::default() })?;
/// let (_, gradient) = tiny.cost_and_gradient(&[[2.0]], &[[1.0]], &Regularization::none())?;
/// adam.step(&mut tiny, &gradient)?;
/// // The first step is α against the sign of the gradient.
/// assert!((tiny.theta1.bias[0] - 0.1).abs() < 1e-8);
/// assert!((tiny.theta1.weights[0] - 0.1).abs() < 1e-8);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adam<N: Network, M: BorrowMut<N> = Moments<N>> {
    pub(crate) settings: AdamSettings<N::Scalar>,
    pub(crate) m: M,
    pub(crate) v: M,
    // β₁ᵗ and β₂ᵗ.
    pub(crate) beta1_to_t: N::Scalar,
    pub(crate) beta2_to_t: N::Scalar,
}

impl<N: Network> Adam<N> {
    /// Adam with m = v = 0, for networks of any size: they are [`Moments`].
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    pub fn new(settings: AdamSettings<ScalarOf<N>>) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self::from_state(settings, Moments::zeros(), Moments::zeros()))
    }

    /// The same with m and v in boxes that the type names: `Adam::<Big<f32>>::boxed(settings)`.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    #[cfg(feature = "alloc")]
    pub fn boxed(settings: AdamSettings<ScalarOf<N>>) -> Result<Adam<N, Box<N>>, Error> {
        settings.check()?;
        Ok(Adam::from_state(settings, N::boxed(), N::boxed()))
    }
}

impl<N: Network, M: BorrowMut<N>> Adam<N, M> {
    fn from_state(settings: AdamSettings<N::Scalar>, m: M, v: M) -> Self {
        Self { settings, m, v, beta1_to_t: nalgebra::one(), beta2_to_t: nalgebra::one() }
    }

    /// α.
    pub const fn rate(&self) -> &N::Scalar {
        &self.settings.rate
    }

    /// Another α for the steps to come.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless α is finite and greater than 0; the rate is then as it was.
    pub fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        check_rate(&rate)?;
        self.settings.rate = rate;
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> Optimizer<N> for Adam<N, M> {
    steps!(N);

    #[inline(always)]
    fn train_in_one(&mut self, call: &mut Call<'_, N>) -> Option<N::Scalar> {
        let (rate, constants) = (self.settings.rate.clone(), self.next_constants());
        let j = formula::train::<ByMoments, N, 2, 8>(call, self.state(), &rate, constants)?;
        self.count_on();
        Some(j)
    }

    fn rate(&self) -> N::Scalar {
        self.settings.rate.clone()
    }

    fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        self.set_rate(rate)
    }

    fn visit_state(&mut self, visit: &mut dyn FnMut(&'static str, &mut [N::Scalar])) {
        visit("adam.m", self.m.borrow_mut().parameters_mut());
        visit("adam.v", self.v.borrow_mut().parameters_mut());
        visit("adam.beta1_to_t", slice::from_mut(&mut self.beta1_to_t));
        visit("adam.beta2_to_t", slice::from_mut(&mut self.beta2_to_t));
    }

    fn visit_settings(&self, visit: &mut dyn FnMut(&'static str, &N::Scalar)) {
        visit("adam.rate", &self.settings.rate);
        visit("adam.beta1", &self.settings.beta1);
        visit("adam.beta2", &self.settings.beta2);
        visit("adam.epsilon", &self.settings.epsilon);
    }
}

impl<N: Network, M: BorrowMut<N>> Adam<N, M> {
    /// t ← t + 1.
    pub(super) fn count_on(&mut self) {
        self.beta1_to_t *= self.settings.beta1.clone();
        self.beta2_to_t *= self.settings.beta2.clone();
    }

    /// m and v.
    pub(super) fn state(&mut self) -> [&mut N; 2] {
        [self.m.borrow_mut(), self.v.borrow_mut()]
    }

    fn step_of(
        &mut self,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: Option<&Learning<N>>,
        crew: Crew<'_, ()>,
    ) -> Result<(), Error> {
        let (rate, constants) = (self.settings.rate.clone(), self.next_constants());
        let state = self.state();
        formula::step::<ByMoments, N, 2, 8>(
            net,
            state,
            gradient,
            &rate,
            constants,
            (learning, crew),
        )?;
        self.count_on();
        Ok(())
    }

    /// What the next step multiplies with, for an α: α/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), 1 − β₁, 1 − β₂, β₁, β₂, ε;
    /// and the largest |g|.
    pub(super) fn next_constants(&self) -> impl Fn(N::Scalar) -> [N::Scalar; 8] + use<N, M> {
        let AdamSettings { beta1, beta2, epsilon, .. } = self.settings.clone();
        let one = nalgebra::one::<N::Scalar>;
        let m_correction = one() - self.beta1_to_t.clone() * beta1.clone();
        let v_correction = one() - self.beta2_to_t.clone() * beta2.clone();
        let root = ComplexField::recip(ComplexField::sqrt(v_correction));
        let (new1, new2) = (one() - beta1.clone(), one() - beta2.clone());
        let others = [root, new1, new2, beta1, beta2, epsilon, most_to_square()];
        move |rate| {
            let [root, new1, new2, beta1, beta2, epsilon, most] = others.clone();
            [rate / m_correction.clone(), root, new1, new2, beta1, beta2, epsilon, most]
        }
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> ByLayer<N> for Adam<N, M> {
    steps_by_layer!(N);
}

/// One step of Adam, with the constants in the order of [`Adam::next_constants`].
#[derive(Clone, Copy)]
pub(super) struct ByMoments;

impl Formula<2, 8> for ByMoments {
    compiled!(ByMoments, 2, 8);

    #[inline(always)]
    fn update<V: Real>(constants: [V; 8], theta: V, [m, v]: [V; 2], g: V) -> (V, [V; 2]) {
        let [rate, root, new1, new2, beta1, beta2, epsilon, most] = constants;
        let g = within(g, most);
        let m = beta1 * m + new1 * g.clone();
        let v = beta2 * v + new2 * g.clone() * g;
        let root = v.clone().sqrt() * root + epsilon;
        (theta - rate * m.clone() / root, [m, v])
    }
}
