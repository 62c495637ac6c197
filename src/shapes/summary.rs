//! A network as a table.

use core::fmt;
use core::marker::PhantomData;

use crate::network::Network;

/// A table of a network's layers, to print; from [`Network::summary`].
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
/// }
/// assert_eq!(Article::<f64>::summary().to_string(), "\
/// Article, minimizing CrossEntropy
/// layer  units  activation  theta                 parameters      bytes
///     1      3  input
///     2      5  Sigmoid     theta1  5 x 4                 20        160
///     3      4  Sigmoid     theta2  4 x 6                 24        192
///     4      2  Sigmoid     theta3  2 x 5                 10         80
///                           total                         54        432
/// ");
/// ```
pub struct Summary<N>(PhantomData<N>);

impl<N: Network> Summary<N> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<N: Network> fmt::Display for Summary<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::cost::Cost;
        writeln!(f, "{}, minimizing {}", N::NAME, <N::Cost as Cost<N::Hypothesis>>::NAME)?;
        writeln!(f, "layer  units  activation  theta                 parameters      bytes")?;
        for shape in N::SHAPES {
            let &crate::ThetaShape { layer, s_out, s_in, activation, .. } = shape;
            if layer == 1 {
                writeln!(f, "    1 {s_in:>6}  input")?;
            }
            let (parameters, next) = (shape.parameters(), layer + 1);
            let bytes = parameters * size_of::<N::Scalar>();
            let size = Size(s_out, s_in + 1);
            writeln!(
                f,
                "{next:>5} {s_out:>6}  {activation:<10}  theta{layer:<2} {size:<13}{parameters:>11}{bytes:>11}"
            )?;
        }
        writeln!(f, "{:26}total{:>27}{:>11}", "", N::PARAMETERS, N::BYTES)
    }
}

impl<N: Network> fmt::Debug for Summary<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// "5 x 4", padded as one word.
struct Size(usize, usize);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = |n: usize| n.checked_ilog10().unwrap_or(0) as usize + 1;
        write!(f, "{} x {}", self.0, self.1)?;
        let length = digits(self.0) + 3 + digits(self.1);
        let padding = f.width().unwrap_or(0).saturating_sub(length);
        write!(f, "{:padding$}", "")
    }
}
