//! The quadratic model of J around Θ, in either form, and what a call of training works in.

use alloc::boxed::Box;
use alloc::vec::Vec;

use nalgebra::{ComplexField, RealField};

use super::conjugate::Products;
use super::normal::Normal;
use super::settings::Solver;
use crate::error::Error;
use crate::fast::values::Norm;
use crate::network::Network;
use crate::real::to_f64;
use crate::regularization::Regularization;
use crate::threads::Threads;
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
    /// ⟨∇J, p⟩.
    pub(super) descent: T,
}

/// What the steps of one call work in.
pub(super) struct Rooms<N: Network> {
    pub(super) model: Model<N>,
    /// Θ + p.
    pub(super) moved: Box<N>,
    pub(super) workspace: Box<Workspace<N>>,
}

impl<N: Network> Rooms<N> {
    pub(super) fn new(
        solver: &Solver<N::Scalar>,
        threads: Option<&Threads>,
    ) -> Result<Self, Error> {
        let model = match solver {
            Solver::Cholesky(damping) => {
                Model::Normal(Box::new(Normal::new(N::PARAMETERS, *damping, threads)?))
            }
            Solver::ConjugateGradients { products, tolerance } => {
                Model::Products(Box::new(Products::new(*products, tolerance.clone(), threads)))
            }
        };
        let workspace = threads.map_or_else(Workspace::boxed, Workspace::boxed_on);
        Ok(Self { model, moved: N::boxed(), workspace })
    }
}

/// G, as a matrix or by its products.
pub(super) enum Model<N: Network> {
    Normal(Box<Normal<N::Scalar>>),
    Products(Box<Products<N>>),
}

impl<N: Network> Model<N> {
    /// ∇J, and G of these parameters; how many passes that took. `scales` are those of the last step, or
    /// none.
    pub(super) fn form(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
        scales: &[N::Scalar],
    ) -> Result<usize, Error> {
        match self {
            Self::Normal(normal) => normal.form(net, problem, scales),
            Self::Products(products) => products.form(net, problem, scales),
        }
    }

    /// Whether no slope is larger than `most` times the norm of what it is a slope along: √G_jj of a
    /// column, or that along ∇J, where no columns are known.
    pub(super) fn is_flat(&self, most: &N::Scalar) -> bool {
        match self {
            Self::Normal(normal) => normal.is_flat(most),
            Self::Products(products) => products.is_flat(most),
        }
    }

    /// Whether what is flat is so in all columns.
    pub(super) fn is_flat_in_all(&self) -> bool {
        match self {
            Self::Normal(_) => true,
            Self::Products(products) => products.is_flat(&nalgebra::zero()),
        }
    }

    /// The μ up to which some slope that is larger than `least` times the norm of what it is along is
    /// not damped by more than it is curved, if there is one; how many passes that took.
    pub(super) fn free_mu(
        &mut self,
        p: &[N::Scalar],
        least: &N::Scalar,
        net: &N,
        problem: &Problem<'_, N>,
    ) -> Result<(Option<N::Scalar>, usize), Error> {
        match self {
            Self::Normal(normal) => Ok((normal.free_mu(least), 0)),
            Self::Products(products) => products.free_mu(p, least, net, problem),
        }
    }

    /// What μ is measured in.
    pub(super) fn unit(&self) -> N::Scalar {
        match self {
            Self::Normal(normal) => normal.unit(),
            Self::Products(products) => products.unit(),
        }
    }

    /// C: what μ is multiplied with the square of.
    pub(super) fn scales(&self) -> &[N::Scalar] {
        match self {
            Self::Normal(normal) => normal.scales(),
            Self::Products(products) => products.scales(),
        }
    }

    /// ‖C v‖, which steps are measured in.
    pub(super) fn norm(&self, v: &[N::Scalar]) -> Norm<N::Scalar> {
        let entries = v.iter().zip(self.scales());
        let entries = entries.map(|(entry, scale)| entry.clone() * scale.clone());
        Norm::of(&entries.collect::<Vec<_>>())
    }

    /// The step for a μ.
    pub(super) fn solve(
        &mut self,
        mu: &N::Scalar,
        net: &N,
        problem: &Problem<'_, N>,
    ) -> Result<Trial<N::Scalar>, Error> {
        match self {
            Self::Normal(normal) => Ok(Trial { solution: normal.solve(mu)?, passes: 0 }),
            Self::Products(products) => products.solve(mu, net, problem),
        }
    }
}

impl<N: Network> Problem<'_, N> {
    /// J, to start from.
    pub(super) fn first_cost(&self, net: &N) -> Result<N::Scalar, Error> {
        let j = net.cost(self.inputs, self.targets, self.regularization)?;
        if ComplexField::is_finite(&j) {
            return Ok(j);
        }
        Err(Error::CostNotFinite { value: to_f64(&j) })
    }

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

/// A share of ‖r‖ = √(2J), of the residuals r/√m and √λ θ, whose columns have the norms √G_jj. 2J may
/// be out of range where J is not.
pub(super) fn residual_norm<T: RealField>(j: &T, share: &T) -> T {
    let root_of_two = nalgebra::convert::<f64, T>(core::f64::consts::SQRT_2);
    j.clone().sqrt() * root_of_two * share.clone()
}

/// `moved` = Θ + p.
pub(super) fn add<N: Network>(net: &N, p: &[N::Scalar], moved: &mut N) {
    for (moved, (theta, p)) in moved.parameters_mut().iter_mut().zip(net.parameters().iter().zip(p))
    {
        *moved = theta.clone() + p.clone();
    }
}

/// JᵀJ/m + D is not finite: no μ can be measured in it.
pub(super) fn too_long<T: RealField>(entry: &T) -> Error {
    Error::Setting {
        name: "an entry of JᵀJ",
        value: to_f64(entry),
        expected: "finite; Damping::Diagonal takes columns whose squares are not",
    }
}
