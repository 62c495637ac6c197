//! The damped system by conjugate gradients, over products with G = JᵀJ/m + D: all of it over C θ in
//! place of θ, so that the damping is μ I.

use alloc::boxed::Box;
use alloc::vec::Vec;

use nalgebra::ComplexField;

use super::model::{Problem, Solution, Trial, too_long};
use super::scales;
use crate::error::Error;
use crate::fast::values::{all_finite, are_squares_in_range, largest};
use crate::gradient::Gradient;
use crate::network::Network;
use crate::second_order::curvature::{Curvature, CurvatureWorkspace};
use crate::shapes::parameters::Parameters;
use crate::threads::Threads;
use crate::update::check_gradient_is_finite;
use crate::workspace::Workspace;

/// Passes over the examples that a product takes: forward and backward, each with a rate of change.
const PASSES: usize = 2;

pub(super) struct Products<N: Network> {
    most: usize,
    tolerance: N::Scalar,
    /// C⁻¹ ∇J in units of `size`: 1, but where squares of its entries have no number.
    gradient: Box<Gradient<N>>,
    size: N::Scalar,
    /// ‖r‖ times the cosine between r and what it changes by along C⁻² ∇J.
    steepness: N::Scalar,
    /// C⁻¹ G C⁻¹ times it, which every μ begins with.
    of_gradient: Box<Gradient<N>>,
    /// The unit of μ.
    unit: N::Scalar,
    /// C p, what is left of −C⁻¹ ∇J, the direction d, and C⁻¹ G C⁻¹ d.
    p: Box<Gradient<N>>,
    residual: Box<Gradient<N>>,
    direction: Box<Gradient<N>>,
    product: Box<Gradient<N>>,
    curvature: Scaled<N>,
    for_gradient: Box<Workspace<N>>,
}

impl<N: Network> Products<N> {
    pub(super) fn new(most: usize, tolerance: N::Scalar, threads: Option<&Threads>) -> Self {
        let zeros = Gradient::<N>::boxed;
        Self {
            most,
            tolerance,
            gradient: zeros(),
            size: nalgebra::one(),
            steepness: nalgebra::zero(),
            of_gradient: zeros(),
            unit: nalgebra::one(),
            p: zeros(),
            residual: zeros(),
            direction: zeros(),
            product: zeros(),
            curvature: Scaled::new(threads),
            for_gradient: threads.map_or_else(Workspace::boxed, Workspace::boxed_on),
        }
    }

    /// ∇J, and with it the unit of μ. Gives how many passes it took.
    pub(super) fn form(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
        scales: &[N::Scalar],
    ) -> Result<usize, Error> {
        let &Problem { inputs, targets, regularization } = problem;
        let Self { gradient, of_gradient, product, for_gradient, curvature, .. } = self;
        curvature.scales =
            if scales.len() == N::PARAMETERS { scales.to_vec() } else { scales::of(net, inputs) };
        net.cost_and_gradient_into(inputs, targets, regularization, gradient, for_gradient)?;
        check_gradient_is_finite(gradient)?;
        over_scales(gradient, &curvature.scales);
        let largest = largest(gradient.parameters());
        if largest == nalgebra::zero() {
            self.steepness = largest;
            return Ok(1);
        }
        let in_range = are_squares_in_range(&gradient.inner_product(gradient));
        self.size = if in_range { nalgebra::one() } else { largest };
        for slope in gradient.parameters_mut() {
            *slope /= self.size.clone();
        }
        // By way of what threads write to, of which nothing has been written.
        curvature.multiply(net, problem, gradient, product)?;
        of_gradient.copy_from(product);
        let squares = gradient.inner_product(gradient);
        let bend = gradient.inner_product(of_gradient);
        self.unit = bend.clone() / squares.clone();
        if !self.unit.is_finite() {
            return Err(too_long(&self.unit));
        }
        if self.unit <= nalgebra::zero() {
            // Lost to underflow: any positive unit will do.
            self.unit = nalgebra::one();
        }
        self.steepness = squares / ComplexField::sqrt(bend) * self.size.clone();
        Ok(1 + PASSES)
    }

    /// Whether `most`/‖r‖ is no less than the cosine between r and what it changes by along C⁻² ∇J.
    pub(super) fn is_flat(&self, most: &N::Scalar) -> bool {
        self.steepness <= *most
    }

    /// The curvature along p, if the slope along p is larger than `least` times its root; and how many
    /// passes that took.
    pub(super) fn free_mu(
        &mut self,
        p: &[N::Scalar],
        least: &N::Scalar,
        net: &N,
        problem: &Problem<'_, N>,
    ) -> Result<(Option<N::Scalar>, usize), Error> {
        let Self { gradient, direction, product, curvature, .. } = self;
        for ((d, p), scale) in direction.parameters_mut().iter_mut().zip(p).zip(&curvature.scales) {
            *d = p.clone() * scale.clone();
        }
        let largest = largest(direction.parameters());
        direction.parameters_mut().iter_mut().for_each(|d| *d /= largest.clone());
        curvature.multiply(net, problem, direction, product)?;
        let bend = direction.inner_product(product);
        let slope = ComplexField::abs(gradient.inner_product(direction)) * self.size.clone();
        let is_steep = slope > least.clone() * ComplexField::sqrt(bend.clone());
        Ok((is_steep.then(|| bend / direction.inner_product(direction)), PASSES))
    }

    pub(super) fn unit(&self) -> N::Scalar {
        self.unit.clone()
    }

    pub(super) fn scales(&self) -> &[N::Scalar] {
        &self.curvature.scales
    }

    /// p of (G + μ C²) p = −∇J, nearly.
    pub(super) fn solve(
        &mut self,
        mu: &N::Scalar,
        net: &N,
        problem: &Problem<'_, N>,
    ) -> Result<Trial<N::Scalar>, Error> {
        let Self { p, residual, direction, product, gradient, curvature, .. } = self;
        p.fill(nalgebra::zero());
        residual.fill(nalgebra::zero());
        add_multiple(residual, -nalgebra::one::<N::Scalar>(), gradient);
        direction.copy_from(residual);
        let mut left = residual.inner_product(residual);
        let enough = self.tolerance.clone() * self.tolerance.clone() * left.clone();
        let mut passes = 0;
        for iteration in 0..self.most {
            if iteration == 0 {
                product.fill(nalgebra::zero());
                add_multiple(product, -nalgebra::one::<N::Scalar>(), &self.of_gradient);
            } else {
                curvature.multiply(net, problem, direction, product)?;
                passes += PASSES;
            }
            add_multiple(product, mu.clone(), direction);
            let bend = direction.inner_product(product);
            let share = left.clone() / bend.clone();
            // Rounding can end the descent, and so can numbers that are out of range.
            if !(bend > nalgebra::zero() && share.is_finite()) {
                break;
            }
            add_multiple(p, share.clone(), direction);
            add_multiple(residual, -share, product);
            let before = core::mem::replace(&mut left, residual.inner_product(residual));
            let conjugate = left.clone() / before;
            for (d, r) in direction.parameters_mut().iter_mut().zip(residual.parameters()) {
                *d = r.clone() + conjugate.clone() * d.clone();
            }
            if left <= enough || !is_direction(direction) {
                break;
            }
        }
        let in_size = |product: N::Scalar| product * self.size.clone() * self.size.clone();
        let damped = in_size(mu.clone() * p.inner_product(p));
        let descent = in_size(gradient.inner_product(p));
        for p in p.parameters_mut() {
            *p *= self.size.clone();
        }
        over_scales(p, &curvature.scales);
        let solution = || Solution { p: p.parameters().to_vec(), damped, descent };
        Ok(Trial { solution: is_direction(p).then(solution), passes })
    }
}

/// G over C θ.
struct Scaled<N: Network> {
    scales: Vec<N::Scalar>,
    /// C⁻¹ d.
    direction: Box<Gradient<N>>,
    workspace: Box<CurvatureWorkspace<N>>,
}

impl<N: Network> Scaled<N> {
    fn new(threads: Option<&Threads>) -> Self {
        let workspace =
            threads.map_or_else(CurvatureWorkspace::boxed, CurvatureWorkspace::boxed_on);
        Self { scales: Vec::new(), direction: Gradient::boxed(), workspace }
    }

    /// `product` = C⁻¹ G C⁻¹ `direction`.
    fn multiply(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
        direction: &Gradient<N>,
        product: &mut Gradient<N>,
    ) -> Result<(), Error> {
        let &Problem { inputs, targets, regularization } = problem;
        self.direction.copy_from(direction);
        over_scales(&mut self.direction, &self.scales);
        net.gauss_newton_product_with(
            inputs,
            targets,
            regularization,
            &self.direction,
            product,
            &mut self.workspace,
        )?;
        over_scales(product, &self.scales);
        Ok(())
    }
}

/// v ← C⁻¹ v.
fn over_scales<N: Network>(v: &mut Gradient<N>, scales: &[N::Scalar]) {
    for (v, scale) in v.parameters_mut().iter_mut().zip(scales) {
        *v /= scale.clone();
    }
}

/// Finite, and not 0 in every entry.
fn is_direction<N: Network>(v: &Gradient<N>) -> bool {
    let entries = v.parameters();
    all_finite(entries) && entries.iter().any(|entry| *entry != nalgebra::zero())
}

/// v += f w.
fn add_multiple<N: Network>(v: &mut Gradient<N>, f: N::Scalar, w: &Gradient<N>) {
    for (v, w) in v.parameters_mut().iter_mut().zip(w.parameters()) {
        *v += f.clone() * w.clone();
    }
}
