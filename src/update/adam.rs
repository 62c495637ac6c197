//! Adam.

use core::borrow::BorrowMut;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use nalgebra::{ComplexField, RealField};

use super::elementwise::{Floats, Rule, update};
use super::{Optimizer, check_gradient_is_finite, check_rate, check_setting, in_one, one_by_one};
use crate::error::Error;
use crate::gradient::{Gradient, Workspace};
use crate::network::Network;
use crate::parameters::Parameters;
use crate::real::Real;
use crate::regularization::Regularization;
use crate::simd::{Float, Lanes};

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
    fn check(&self) -> Result<(), Error> {
        let below_one = |beta: &T| *beta >= T::zero() && *beta < T::one();
        check_rate(&self.rate)?;
        check_setting("beta1", &self.beta1, below_one(&self.beta1), "from 0 to below 1")?;
        check_setting("beta2", &self.beta2, below_one(&self.beta2), "from 0 to below 1")?;
        let positive = self.epsilon > T::zero();
        check_setting("epsilon", &self.epsilon, positive, "finite and greater than 0")
    }
}

/// Adam: at step t, with g = ∂J/∂Θ and everything entry by entry,
///
/// m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,
/// Θ ← Θ − α (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε).
///
/// m and v have the parameters' own shapes, by value or, from [`boxed`](Adam::boxed), on the
/// heap. Source: Kingma, Ba 2015, Algorithm 1.
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
pub struct Adam<N: Network, M: BorrowMut<N> = N> {
    settings: AdamSettings<N::Scalar>,
    m: M,
    v: M,
    // β₁ᵗ and β₂ᵗ.
    beta1_to_t: N::Scalar,
    beta2_to_t: N::Scalar,
}

impl<N: Network> Adam<N> {
    /// Adam with m = v = 0, by value.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    pub fn new(settings: AdamSettings<N::Scalar>) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self::from_state(settings, N::zeros(), N::zeros()))
    }

    /// Adam with m = v = 0 on the heap, for networks of any size:
    /// `Adam::<Big<f32>>::boxed(settings)`.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    #[cfg(feature = "alloc")]
    pub fn boxed(settings: AdamSettings<N::Scalar>) -> Result<Adam<N, Box<N>>, Error> {
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

impl<N: Network, M: BorrowMut<N>> Optimizer<N> for Adam<N, M> {
    #[inline]
    fn step(&mut self, net: &mut N, gradient: &Gradient<N>) -> Result<(), Error> {
        check_gradient_is_finite(gradient)?;
        let factors = self.next_factors();
        self.count_on();
        let (m, v) = (self.m.borrow_mut().parameters_mut(), self.v.borrow_mut().parameters_mut());
        let (theta, gradient) = (net.parameters_mut(), gradient.parameters());
        match Floats::<Factors<f32>, Factors<f64>>::of(&factors) {
            Some(Floats::Single(rule)) => update::<_, f32, _, 2>(theta, [m, v], gradient, rule),
            Some(Floats::Double(rule)) => update::<_, f64, _, 2>(theta, [m, v], gradient, rule),
            None => {
                for (((theta, m), v), g) in theta.iter_mut().zip(m).zip(v).zip(gradient) {
                    let state = [m.clone(), v.clone()];
                    [*theta, *m, *v] = factors.update(theta.clone(), state, g.clone());
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn train(
        &mut self,
        net: &mut N,
        inputs: &[N::Input],
        targets: &[N::Target],
        regularization: &Regularization<N::Scalar>,
        workspace: &mut Workspace<N>,
    ) -> Result<N::Scalar, Error> {
        let factors = self.next_factors();
        let state = [self.m.borrow_mut(), self.v.borrow_mut()];
        let rule = Floats::<Factors<f32>, Factors<f64>>::of(&factors);
        match in_one(net, state, inputs, targets, regularization, workspace, rule) {
            Some(j) => {
                self.count_on();
                Ok(j)
            }
            None => one_by_one(self, net, inputs, targets, regularization, workspace),
        }
    }
}

impl<N: Network, M: BorrowMut<N>> Adam<N, M> {
    /// t ← t + 1.
    fn count_on(&mut self) {
        self.beta1_to_t *= self.settings.beta1.clone();
        self.beta2_to_t *= self.settings.beta2.clone();
    }

    /// What the next step multiplies with.
    fn next_factors(&self) -> Factors<N::Scalar> {
        let AdamSettings { rate, beta1, beta2, epsilon } = self.settings.clone();
        let one = nalgebra::one::<N::Scalar>;
        let m_correction = one() - self.beta1_to_t.clone() * beta1.clone();
        let v_correction = one() - self.beta2_to_t.clone() * beta2.clone();
        Factors {
            rate: rate / m_correction,
            root: ComplexField::recip(ComplexField::sqrt(v_correction)),
            new1: one() - beta1.clone(),
            new2: one() - beta2.clone(),
            beta1,
            beta2,
            epsilon,
        }
    }
}

/// The numbers of one step: α/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), 1 − β₁, 1 − β₂, β₁, β₂, ε.
#[derive(Clone, Copy, Debug)]
struct Factors<V> {
    rate: V,
    root: V,
    new1: V,
    new2: V,
    beta1: V,
    beta2: V,
    epsilon: V,
}

impl<V: Real> Factors<V> {
    /// One entry's [θ, m, v] after the step.
    #[inline(always)]
    fn update(&self, theta: V, [m, v]: [V; 2], g: V) -> [V; 3] {
        let m = self.beta1.clone() * m + self.new1.clone() * g.clone();
        let v = self.beta2.clone() * v + self.new2.clone() * g.clone() * g;
        let root = v.clone().sqrt() * self.root.clone() + self.epsilon.clone();
        [theta - self.rate.clone() * m.clone() / root, m, v]
    }
}

impl<T: Float> Rule<T, 2> for Factors<T> {
    #[inline(always)]
    fn update<V: Lanes<Scalar = T>>(&self, theta: V, state: [V; 2], g: V) -> (V, [V; 2]) {
        let Self { rate, root, new1, new2, beta1, beta2, epsilon } = *self;
        let [rate, root, epsilon] = [V::splat(rate), V::splat(root), V::splat(epsilon)];
        let [new1, new2] = [V::splat(new1), V::splat(new2)];
        let [beta1, beta2] = [V::splat(beta1), V::splat(beta2)];
        let factors = Factors { rate, root, new1, new2, beta1, beta2, epsilon };
        let [theta, m, v] = factors.update(theta, state, g);
        (theta, [m, v])
    }
}
