//! The Jacobian of the outputs, ∂a⁽ᴸ⁾/∂Θ, row by row.

use crate::error::Error;
use crate::fast::list::Layers;
use crate::fast::passes::row::Row;
use crate::gradient::Gradient;
use crate::input::Sample;
use crate::network::Network;
use crate::shapes::parameters::Parameters;

/// ∂a⁽ᴸ⁾/∂Θ of one example, for every network.
pub trait Jacobian: Network {
    /// Row k is ∂a⁽ᴸ⁾_k/∂Θ: δ⁽ᴸ⁾ = Dᵀ e_k, with D = ∂a⁽ᴸ⁾/∂z⁽ᴸ⁾ and e_k the k-th unit vector, then
    /// backpropagation as ever. Gives a⁽ᴸ⁾.
    ///
    /// Shapes: s_L rows, each of the network's own shape; together s_L × P. It takes a forward and
    /// a backward pass for each row. The numbers are not looked at: a NaN in x comes out as a NaN.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if there are not s_L rows; nothing is written.
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Line(1 => 2 Identity) minimizing HalfSquaredError;
    /// }
    /// let net = Line::new(Theta::new([1.0, 2.0], [[3.0], [4.0]]));
    /// let mut rows = [Gradient::zeros(), Gradient::zeros()];
    /// assert_eq!(net.jacobian_into(&[5.0], &mut rows)?, [16.0, 22.0]);
    /// assert_eq!(rows[0].parameters(), [1.0, 0.0, 5.0, 0.0]);
    /// assert_eq!(rows[1].parameters(), [0.0, 1.0, 0.0, 5.0]);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    fn jacobian_into(
        &self,
        x: &Self::Input,
        rows: &mut [Gradient<Self>],
    ) -> Result<Self::Target, Error> {
        if rows.len() != Self::Target::SIZE {
            return Err(Error::Length { expected: Self::Target::SIZE, found: rows.len() });
        }
        let mut output = Self::Target::from_fn(|_| nalgebra::zero());
        for (unit, row) in rows.iter_mut().enumerate() {
            row_into(self, x, unit, row.parameters_mut(), &mut output);
        }
        Ok(output)
    }
}

impl<N: Network> Jacobian for N {}

/// ∂a⁽ᴸ⁾_k/∂Θ into `row`, which has an entry for each parameter, and a⁽ᴸ⁾ into `output`.
pub(crate) fn row_into<N: Network>(
    net: &N,
    x: &N::Input,
    unit: usize,
    row: &mut [N::Scalar],
    output: &mut N::Target,
) {
    row.fill(nalgebra::zero());
    let output = output.as_mut();
    // Nobody asks for ∂a⁽ᴸ⁾/∂x.
    let (theta, a) = (net.parameters(), x.as_ref());
    N::Chain::walk(Row { theta, a, unit, output, row, back: &mut [] });
}
