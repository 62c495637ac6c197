//! The quadratic model of J around Θ, in either form, and what a call of training works in.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::conjugate::Products;
use super::normal::Normal;
use super::settings::Solver;
use crate::error::Error;
use crate::gradient::Gradient;
use crate::network::Network;
use crate::regularization::Regularization;
use crate::shapes::parameters::Parameters;
use crate::workspace::Workspace;

/// What is minimized.
pub(super) struct Problem<'a, N: Network> {
    pub(super) inputs: &'a [N::Input],
    pub(super) targets: &'a [N::Target],
    pub(super) regularization: &'a Regularization<N::Scalar>,
}

/// What came of a μ.
pub(super) struct Trial<T> {
    pub(super) solution: Option<Solution<T>>,
    /// Passes over the examples that it took.
    pub(super) passes: usize,
}

/// What solves (G + μ …) p = −∇J.
pub(super) struct Solution<T> {
    pub(super) p: Vec<T>,
    /// ⟨p, μ … p⟩.
    pub(super) damped: T,
}

/// What the steps of one call work in.
pub(super) struct Rooms<N: Network> {
    pub(super) model: Model<N>,
    pub(super) gradient: Box<Gradient<N>>,
    /// Θ + p.
    pub(super) moved: Box<N>,
    pub(super) workspace: Box<Workspace<N>>,
}

impl<N: Network> Rooms<N> {
    pub(super) fn new(solver: &Solver<N::Scalar>) -> Result<Self, Error> {
        let model = match solver {
            Solver::Cholesky(damping) => Model::Normal(Normal::new(N::PARAMETERS, *damping)?),
            Solver::ConjugateGradients { products, tolerance } => {
                Model::Products(Box::new(Products::new(*products, tolerance.clone())))
            }
        };
        let (gradient, moved) = (Gradient::boxed(), N::boxed());
        Ok(Self { model, gradient, moved, workspace: Workspace::boxed() })
    }
}

/// G, as a matrix or by its products.
pub(super) enum Model<N: Network> {
    Normal(Normal<N::Scalar>),
    Products(Box<Products<N>>),
}

impl<N: Network> Model<N> {
    /// ∇J, and G of these parameters; how many passes that took.
    pub(super) fn form(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
        gradient: &mut Gradient<N>,
    ) -> Result<usize, Error> {
        match self {
            Self::Normal(normal) => normal.form(net, problem, gradient),
            Self::Products(products) => products.form(net, problem, gradient),
        }
    }

    pub(super) fn unit(&self) -> N::Scalar {
        match self {
            Self::Normal(normal) => normal.unit(),
            Self::Products(products) => products.unit(),
        }
    }

    /// The step for a μ.
    pub(super) fn solve(
        &mut self,
        mu: &N::Scalar,
        net: &N,
        problem: &Problem<'_, N>,
        gradient: &Gradient<N>,
    ) -> Result<Trial<N::Scalar>, Error> {
        match self {
            Self::Normal(normal) => {
                let solution = normal.solve(mu, gradient.parameters())?;
                Ok(Trial { solution, passes: 0 })
            }
            Self::Products(products) => products.solve(mu, net, problem, gradient),
        }
    }
}

impl<N: Network> Problem<'_, N> {
    /// J, or nothing where a step has led out of the scalar's range.
    pub(super) fn cost(
        &self,
        net: &N,
        workspace: &mut Workspace<N>,
    ) -> Result<Option<N::Scalar>, Error> {
        match net.cost_with(self.inputs, self.targets, self.regularization, workspace) {
            Err(Error::Parameter { .. }) => Ok(None),
            cost => cost.map(Some),
        }
    }
}

/// `moved` = Θ + p; gives ⟨∇J, p⟩.
pub(super) fn add<N: Network>(
    net: &N,
    p: &[N::Scalar],
    moved: &mut N,
    gradient: &Gradient<N>,
) -> N::Scalar {
    let mut descent: N::Scalar = nalgebra::zero();
    let thetas = net.parameters().iter().zip(p).zip(gradient.parameters());
    for (moved, ((theta, p), slope)) in moved.parameters_mut().iter_mut().zip(thetas) {
        *moved = theta.clone() + p.clone();
        descent += slope.clone() * p.clone();
    }
    descent
}
