//! Curvature: ∇²J and the Gauss–Newton matrix, times a direction, without either matrix.
//!
//! Pearlmutter's R-operator is the derivative along a direction v of the parameters,
//! R{f} = ∂f(Θ + r v)/∂r at r = 0. Applied to ∇J it gives ∇²J v, and it keeps the rules of
//! derivatives, so it goes through the article's lines one by one. With V⁽ˡ⁾ the part of v that
//! belongs to Θ⁽ˡ⁾, R{Θ⁽ˡ⁾} = V⁽ˡ⁾ and R{x} = 0:
//!
//! | line | its rate of change along v |
//! | --- | --- |
//! | z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] | R{z⁽ˡ⁺¹⁾} = V⁽ˡ⁾ [1; a⁽ˡ⁾] + Θ⁽ˡ⁾ [0; R{a⁽ˡ⁾}] |
//! | a⁽ˡ⁾ = g(z⁽ˡ⁾) | R{a⁽ˡ⁾} = g′(z⁽ˡ⁾) ∘ R{z⁽ˡ⁾} |
//! | δ⁽ᴸ⁾ = ∂cost/∂z⁽ᴸ⁾ | R{δ⁽ᴸ⁾} = (∂²cost/∂z²) R{z⁽ᴸ⁾} |
//! | c⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row | R{c⁽ˡ⁾} = V⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ + Θ⁽ˡ⁾ᵀ R{δ⁽ˡ⁺¹⁾}, likewise |
//! | δ⁽ˡ⁾ = c⁽ˡ⁾ ∘ g′(z⁽ˡ⁾) | R{δ⁽ˡ⁾} = R{c⁽ˡ⁾} ∘ g′(z⁽ˡ⁾) + c⁽ˡ⁾ ∘ g″(z⁽ˡ⁾) ∘ R{z⁽ˡ⁾} |
//! | Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ | R{Δ⁽ˡ⁾} = Σ R{δ⁽ˡ⁺¹⁾} [1; a⁽ˡ⁾]ᵀ + δ⁽ˡ⁺¹⁾ [0; R{a⁽ˡ⁾}]ᵀ |
//! | Δ⁽ˡ⁾/m + λ Θ⁽ˡ⁾ | R{Δ⁽ˡ⁾}/m + λ V⁽ˡ⁾ |
//!
//! The Gauss–Newton matrix G leaves out what bends behind the cost. With J_z = ∂z⁽ᴸ⁾/∂Θ it is
//! Σ J_zᵀ (∂²cost/∂z²) J_z / m + λ: R{z⁽ᴸ⁾} = J_z v comes from the forward half above, and J_zᵀ from
//! ordinary backpropagation of the result, so that every term with δ itself goes. Where the cost
//! is not convex in z (an error squared behind a sigmoid), what bends in the output is left out
//! as well: see [`Cost::gauss_newton`](crate::Cost::gauss_newton).
//!
//! `f32` and `f64` take these lines for a block of examples at a time, in registers
//! (`fast/passes/curvature.rs`); other scalars one example at a time (`fast/passes/rates.rs`).
//!
//! Sources: Pearlmutter, Fast Exact Multiplication by the Hessian, 1994; Schraudolph, Fast
//! Curvature Matrix-Vector Products, 2002.

mod workspace;

use core::ops::Range;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::error::Error;
use crate::fast::list::Layers;
use crate::fast::pairwise::{self, Levels, Waiting};
use crate::fast::passes::rates::{Along, Back, Matrix, RatesOfOne};
use crate::fast::{self, Frozen};
#[cfg(feature = "alloc")]
use crate::fast::{Pieces, Place};
use crate::gradient::{BLOCK, Gradient, finish};
use crate::input::first_not_finite;
use crate::network::place;
#[cfg(feature = "alloc")]
use crate::network::{FloatNetwork, InputOf, TargetOf};
use crate::network::{Network, data};
use crate::real::to_f64;
use crate::regularization::{Regularization, sizes};
use crate::shapes::parameters::Parameters;

pub use workspace::CurvatureWorkspace;

/// Products of curvature matrices with a direction, for every network.
///
/// A direction is a [`Gradient`]: like ∂J/∂Θ, of the parameters' own shape and none of them. So is the
/// product.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// // J = ½ (b + w x − y)², so ∇²J = [1 x; x x²].
/// let (net, x, y) = (Line::<f64>::seeded(0), [[3.0]], [[1.0]]);
/// let mut v = Gradient::<Line>::zeros();
/// v.set_parameters(&[1.0, 2.0])?;
/// let product = net.hessian_vector_product(&x, &y, &Regularization::none(), &v)?;
/// assert_eq!(product.parameters(), [7.0, 21.0]);
/// # Ok::<(), constprop::Error>(())
/// ```
pub trait Curvature: Network {
    /// ∇²J v, by Pearlmutter's R-operator: the cost of about two gradients, whatever the number of
    /// parameters, and exact to rounding.
    ///
    /// # Errors
    ///
    /// [`Error::Direction`] for an entry of v that is not finite, [`Error::ZeroDirection`] if all
    /// are 0, and whatever is wrong with examples, parameters or λ; see [`Error`].
    #[cfg(feature = "alloc")]
    fn hessian_vector_product(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        direction: &Gradient<Self>,
    ) -> Result<Box<Gradient<Self>>, Error> {
        let mut product = Gradient::boxed();
        self.hessian_vector_product_into(inputs, targets, regularization, direction, &mut product)?;
        Ok(product)
    }

    /// ∇²J v into `product`: [`hessian_vector_product`](Self::hessian_vector_product). For many
    /// examples of `f32` or `f64` it makes a workspace on the heap, if there is one; few it takes
    /// one by one, which may differ in the last bits.
    ///
    /// # Errors
    ///
    /// As there; `product` is then as it was.
    fn hessian_vector_product_into(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        direction: &Gradient<Self>,
        product: &mut Gradient<Self>,
    ) -> Result<(), Error> {
        let matrix = Matrix::Hessian;
        Request { matrix, inputs, targets, regularization, direction, product }.run(self)
    }

    /// ∇²J v into `product`, without an allocation but for the first call of so many examples:
    /// [`hessian_vector_product`](Self::hessian_vector_product).
    ///
    /// `f32` and `f64` take examples side by side, in the workspace and the registers of the
    /// current [`InstructionSet`](crate::InstructionSet); other scalars one by one, without it.
    ///
    /// # Errors
    ///
    /// As there; `product` is then as it was.
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let (net, none) = (Line::<f64>::seeded(0), Regularization::none());
    /// let (mut v, mut product) = (Gradient::<Line>::zeros(), Gradient::zeros());
    /// v.set_parameters(&[1.0, 2.0])?;
    /// let mut workspace = CurvatureWorkspace::boxed();
    /// let (x, y) = ([[3.0]], [[1.0]]);
    /// net.hessian_vector_product_with(&x, &y, &none, &v, &mut product, &mut workspace)?;
    /// assert_eq!(product.parameters(), [7.0, 21.0]);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    fn hessian_vector_product_with(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        direction: &Gradient<Self>,
        product: &mut Gradient<Self>,
        workspace: &mut CurvatureWorkspace<Self>,
    ) -> Result<(), Error> {
        let matrix = Matrix::Hessian;
        Request { matrix, inputs, targets, regularization, direction, product }
            .run_with(self, workspace)
    }

    /// G v with the Gauss–Newton matrix G: what is left of ∇²J where z⁽ᴸ⁾ is taken as linear in Θ.
    /// It is positive semidefinite where the cost is convex, which ∇²J need not be.
    ///
    /// # Errors
    ///
    /// As [`hessian_vector_product`](Self::hessian_vector_product).
    #[cfg(feature = "alloc")]
    fn gauss_newton_product(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        direction: &Gradient<Self>,
    ) -> Result<Box<Gradient<Self>>, Error> {
        let mut product = Gradient::boxed();
        self.gauss_newton_product_into(inputs, targets, regularization, direction, &mut product)?;
        Ok(product)
    }

    /// G v into `product`: [`gauss_newton_product`](Self::gauss_newton_product). For many
    /// examples of `f32` or `f64` it makes a workspace on the heap, if there is one; few it takes
    /// one by one, which may differ in the last bits.
    ///
    /// # Errors
    ///
    /// As there; `product` is then as it was.
    fn gauss_newton_product_into(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        direction: &Gradient<Self>,
        product: &mut Gradient<Self>,
    ) -> Result<(), Error> {
        let matrix = Matrix::GaussNewton;
        Request { matrix, inputs, targets, regularization, direction, product }.run(self)
    }

    /// G v into `product`, without an allocation but for the first call of so many examples:
    /// [`gauss_newton_product`](Self::gauss_newton_product).
    ///
    /// `f32` and `f64` take examples side by side, in the workspace and the registers of the
    /// current [`InstructionSet`](crate::InstructionSet); other scalars one by one, without it.
    ///
    /// # Errors
    ///
    /// As there; `product` is then as it was.
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let (net, none) = (Line::<f64>::seeded(0), Regularization::none());
    /// let (mut v, mut product) = (Gradient::<Line>::zeros(), Gradient::zeros());
    /// v.set_parameters(&[1.0, 2.0])?;
    /// let mut workspace = CurvatureWorkspace::boxed();
    /// let (x, y) = ([[3.0]], [[1.0]]);
    /// net.gauss_newton_product_with(&x, &y, &none, &v, &mut product, &mut workspace)?;
    /// assert_eq!(product.parameters(), [7.0, 21.0]);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    fn gauss_newton_product_with(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        direction: &Gradient<Self>,
        product: &mut Gradient<Self>,
        workspace: &mut CurvatureWorkspace<Self>,
    ) -> Result<(), Error> {
        let matrix = Matrix::GaussNewton;
        Request { matrix, inputs, targets, regularization, direction, product }
            .run_with(self, workspace)
    }
}

impl<N: Network> Curvature for N {}

/// Everything that a product is made of, and where it goes.
pub(crate) struct Request<'a, N: Network> {
    pub(crate) matrix: Matrix,
    pub(crate) inputs: &'a [N::Input],
    pub(crate) targets: &'a [N::Target],
    pub(crate) regularization: &'a Regularization<N::Scalar>,
    pub(crate) direction: &'a Gradient<N>,
    pub(crate) product: &'a mut Gradient<N>,
}

impl<N: Network> Request<'_, N> {
    fn run(mut self, net: &N) -> Result<(), Error> {
        #[cfg(feature = "alloc")]
        if fast::has_path::<N::Scalar>() && self.pays_for_a_workspace() {
            return self.run_with(net, &mut CurvatureWorkspace::boxed());
        }
        self.check(net)?;
        self.one_by_one(net, &mut Levels::new());
        Ok(())
    }

    /// Whether so many examples take longer one by one than to fill a workspace with zeros.
    #[cfg(feature = "alloc")]
    const fn pays_for_a_workspace(&self) -> bool {
        // In the time that one parameter of one example takes; measured.
        const BYTES: usize = 256;
        self.inputs.len() >= CurvatureWorkspace::<N>::BYTES.div_ceil(BYTES * N::PARAMETERS)
    }

    fn run_with(mut self, net: &N, workspace: &mut CurvatureWorkspace<N>) -> Result<(), Error> {
        self.check(net)?;
        if fast::has_path::<N::Scalar>() {
            self.in_registers(net, workspace);
        } else {
            self.one_by_one(net, workspace.levels());
        }
        Ok(())
    }

    /// Before anything is written.
    fn check(&self, net: &N) -> Result<(), Error> {
        net.check_examples(self.inputs, self.targets, self.regularization)?;
        check_direction(self.direction)
    }

    /// Side by side, of numbers that registers hold.
    fn in_registers(&mut self, net: &N, workspace: &mut CurvatureWorkspace<N>) {
        let &mut Self { matrix, inputs, targets, regularization, direction, ref mut product } =
            self;
        let decays = regularization.decays(inputs.len());
        let data = data::<N>(inputs, targets, &decays, Frozen::NONE, true);
        let (memory, rows, crew) = workspace.parts(data.blocks());
        let line = [net.parameters(), direction.parameters()];
        // There is nothing that it could refuse.
        let _ = fast::multiply(line, matrix, data, memory, rows, product.parameters_mut(), crew);
    }

    /// One example after the other, in any numbers, and block after block along the tree.
    fn one_by_one(&mut self, net: &N, levels: &mut Levels<N::Scalar>) {
        let &mut Self { inputs, regularization, direction, .. } = self;
        let blocks = inputs.len().div_ceil(BLOCK);
        let rows = levels.rows(pairwise::rows(blocks), N::PARAMETERS);
        if rows.is_empty() {
            // One block, or no heap to keep another.
            self.sum_over_block(net, 0..inputs.len());
        } else {
            let (first, above) = rows.split_at_mut(N::PARAMETERS);
            let mut waiting = Waiting::new(first, above);
            for block in 0..blocks {
                let examples = block * BLOCK..inputs.len().min((block + 1) * BLOCK);
                self.sum_over_block(net, examples);
                if block + 1 < blocks {
                    waiting.push(block, self.product.parameters(), pairwise::add);
                }
            }
            let all = waiting.all(blocks - 1);
            all.add_to(self.product.parameters_mut(), pairwise::add);
        }
        // λ multiplies Θ in ∇J, and so v here.
        let (product, v) = (self.product.parameters_mut(), direction.parameters());
        finish(product, v, sizes::<N>(), inputs.len(), regularization);
    }

    /// The product of Σ cost of these examples into `product`.
    fn sum_over_block(&mut self, net: &N, examples: Range<usize>) {
        let Self { matrix, inputs, targets, direction, product, .. } = self;
        product.fill(nalgebra::zero());
        for (x, y) in inputs[examples.clone()].iter().zip(&targets[examples]) {
            // Nothing changes x, and nobody asks for ∂J/∂x.
            let along = Along {
                theta: net.parameters(),
                direction: direction.parameters(),
                a: x.as_ref(),
                a_dot: &[],
                matrix: *matrix,
            };
            let product = product.parameters_mut();
            let back = Back { product, dj_da: &mut [], dj_da_dot: &mut [] };
            N::Chain::walk(RatesOfOne { along, y: y.as_ref(), back });
        }
    }
}

/// What some of a batch's examples add to a product with ∇²J, or with the Gauss–Newton matrix, without λ: a node of the
/// tree, for who joins several. It comes in pieces, as that of [`Batch::sums_in_pieces`](crate::Batch::sums_in_pieces).
///
/// # Errors
///
/// As [`Curvature::hessian_vector_product_with`]; nothing has been told.
#[doc(hidden)]
#[cfg(feature = "alloc")]
#[allow(clippy::too_many_arguments, reason = "one more than the product of all has")]
pub fn product_of_part<'s, N: FloatNetwork>(
    net: &N,
    gauss_newton: bool,
    (inputs, targets): (&[InputOf<N>], &[TargetOf<N>]),
    place: Place,
    direction: &Gradient<N>,
    pieces: &mut [(usize, &'s mut [N::Scalar])],
    workspace: &mut CurvatureWorkspace<N>,
    told: &mut dyn FnMut(usize, &'s mut [N::Scalar]),
) -> Result<(), Error> {
    let none = Regularization::none();
    net.check_examples(inputs, targets, &none)?;
    check_direction(direction)?;
    let matrix = if gauss_newton { Matrix::GaussNewton } else { Matrix::Hessian };
    let decays = none.decays(place.of);
    let data = data::<N>(inputs, targets, &decays, Frozen::NONE, true).at(place);
    let (memory, room, crew) = workspace.parts_for_pieces(data.blocks());
    let (line, pieces) = ([net.parameters(), direction.parameters()], Pieces { pieces, told });
    // There is nothing that it could refuse.
    let _ = fast::multiply_in_pieces(line, matrix, data, memory, room, pieces, crew);
    Ok(())
}

fn check_direction<N: Network>(direction: &Gradient<N>) -> Result<(), Error> {
    let entries = direction.parameters();
    if let Some(index) = first_not_finite(entries) {
        let (theta, row, column) = place::<N>(index);
        return Err(Error::Direction { theta, row, column, value: to_f64(&entries[index]) });
    }
    if entries.iter().all(|entry| *entry == nalgebra::zero()) {
        return Err(Error::ZeroDirection);
    }
    Ok(())
}
