//! The damped system by conjugate gradients, over products with G = JᵀJ/m + D.

use alloc::boxed::Box;

use nalgebra::ComplexField;

use super::model::{Problem, Solution, Trial};
use crate::error::Error;
use crate::fast::values::all_finite;
use crate::gradient::Gradient;
use crate::network::Network;
use crate::second_order::curvature::{Curvature, CurvatureWorkspace};
use crate::shapes::parameters::Parameters;
use crate::workspace::Workspace;

/// Passes over the examples that a product takes: forward and backward, each with a rate of change.
const PASSES: usize = 2;

pub(super) struct Products<N: Network> {
    most: usize,
    tolerance: N::Scalar,
    /// G ∇J, which every μ begins with.
    of_gradient: Box<Gradient<N>>,
    /// The unit of μ.
    unit: N::Scalar,
    /// p, what is left of −∇J, the direction d, and G d.
    p: Box<Gradient<N>>,
    residual: Box<Gradient<N>>,
    direction: Box<Gradient<N>>,
    product: Box<Gradient<N>>,
    workspace: Box<CurvatureWorkspace<N>>,
    for_gradient: Box<Workspace<N>>,
}

impl<N: Network> Products<N> {
    pub(super) fn new(most: usize, tolerance: N::Scalar) -> Self {
        let zeros = Gradient::<N>::boxed;
        Self {
            most,
            tolerance,
            of_gradient: zeros(),
            unit: nalgebra::one(),
            p: zeros(),
            residual: zeros(),
            direction: zeros(),
            product: zeros(),
            workspace: CurvatureWorkspace::boxed(),
            for_gradient: Workspace::boxed(),
        }
    }

    /// ∇J, and with it the unit of μ. Gives how many passes it took.
    pub(super) fn form(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
        gradient: &mut Gradient<N>,
    ) -> Result<usize, Error> {
        let &Problem { inputs, targets, regularization } = problem;
        let room = &mut self.for_gradient;
        net.cost_and_gradient_into(inputs, targets, regularization, gradient, room)?;
        if !is_direction(gradient) {
            return Ok(1);
        }
        let into = &mut *self.of_gradient;
        problem.multiply(net, gradient, into, &mut self.workspace)?;
        let bend = gradient.inner_product(into) / gradient.inner_product(gradient);
        // Where that is lost to underflow or overflow, any positive unit will do.
        self.unit =
            if bend.is_finite() && bend > nalgebra::zero() { bend } else { nalgebra::one() };
        Ok(1 + PASSES)
    }

    pub(super) fn unit(&self) -> N::Scalar {
        self.unit.clone()
    }

    /// p of (G + μ I) p = −∇J, nearly.
    pub(super) fn solve(
        &mut self,
        mu: &N::Scalar,
        net: &N,
        problem: &Problem<'_, N>,
        gradient: &Gradient<N>,
    ) -> Result<Trial<N::Scalar>, Error> {
        let Self { p, residual, direction, product, .. } = self;
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
                problem.multiply(net, direction, product, &mut self.workspace)?;
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
        let damped = mu.clone() * p.inner_product(p);
        let solution = is_direction(p).then(|| Solution { p: p.parameters().to_vec(), damped });
        Ok(Trial { solution, passes })
    }
}

impl<N: Network> Problem<'_, N> {
    /// `product` = G `direction`.
    fn multiply(
        &self,
        net: &N,
        direction: &Gradient<N>,
        product: &mut Gradient<N>,
        workspace: &mut CurvatureWorkspace<N>,
    ) -> Result<(), Error> {
        let &Self { inputs, targets, regularization } = self;
        net.gauss_newton_product_with(
            inputs,
            targets,
            regularization,
            direction,
            product,
            workspace,
        )
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
