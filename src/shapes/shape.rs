//! The shapes of a network's Θ⁽ˡ⁾ as data.

use crate::activation::{Activation, Hidden};
use crate::network::{HiddenLayer, Network};
use crate::output::Output;
use crate::shapes::init::Init;
use crate::shapes::layer::Layer;

/// One Θ⁽ˡ⁾ of a network, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThetaShape {
    /// l; Θ⁽ˡ⁾ leads to layer l + 1.
    pub layer: usize,
    /// s_{l+1}, the rows.
    pub s_out: usize,
    /// s_l; the columns are the bias and these.
    pub s_in: usize,
    /// The name of layer l + 1's activation.
    pub activation: &'static str,
    /// How Θ⁽ˡ⁾ is initialized by default.
    pub init: Init,
}

impl ThetaShape {
    /// Θ⁽ˡ⁾ of a hidden layer l + 1 with the activation `G`.
    ///
    /// # Panics
    ///
    /// When a size is 0; in a network's [`SHAPES`](Network::SHAPES) that stops the build.
    #[must_use]
    pub const fn hidden<G: Hidden>(layer: usize, s_out: usize, s_in: usize) -> Self {
        Self::new(layer, s_out, s_in, G::NAME, <G as Activation>::INIT)
    }

    /// Θ⁽ᴸ⁻¹⁾, of the output layer with the activation `H`.
    ///
    /// # Panics
    ///
    /// When a size is 0; in a network's [`SHAPES`](Network::SHAPES) that stops the build.
    #[must_use]
    pub const fn output<H: Output>(layer: usize, s_out: usize, s_in: usize) -> Self {
        Self::new(layer, s_out, s_in, H::NAME, H::INIT)
    }

    /// [`hidden`](Self::hidden) with the activation of the layer `L` of the network `N`.
    ///
    /// # Panics
    ///
    /// When a size is 0; in a network's [`SHAPES`](Network::SHAPES) that stops the build.
    #[must_use]
    pub const fn of_hidden_layer<N: HiddenLayer<L>, L: Layer>(
        layer: usize,
        s_out: usize,
        s_in: usize,
    ) -> Self {
        Self::hidden::<N::G>(layer, s_out, s_in)
    }

    /// [`output`](Self::output) with the activation of the network `N`.
    ///
    /// # Panics
    ///
    /// When a size is 0; in a network's [`SHAPES`](Network::SHAPES) that stops the build.
    #[must_use]
    pub const fn of_output_layer<N: Network>(layer: usize, s_out: usize, s_in: usize) -> Self {
        Self::output::<N::Hypothesis>(layer, s_out, s_in)
    }

    const fn new(
        layer: usize,
        s_out: usize,
        s_in: usize,
        activation: &'static str,
        init: Init,
    ) -> Self {
        assert!(s_out > 0 && s_in > 0, "every layer of a network has at least one unit");
        Self { layer, s_out, s_in, activation, init }
    }

    /// s_{l+1} (s_l + 1).
    #[must_use]
    pub const fn parameters(&self) -> usize {
        self.s_out * (self.s_in + 1)
    }
}

/// Where in Θ⁽ˡ⁾ the parameter of a flat index stands: (l, row, column), column 0 the bias.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// assert_eq!(constprop::place::<Tiny<f32>>(1), (1, 1, 0)); // a bias of theta1
/// assert_eq!(constprop::place::<Tiny<f32>>(12), (2, 0, 3)); // the last weight of theta2
/// ```
///
/// An index beyond the last parameter has no place; it is counted on in the last Θ's columns.
#[must_use]
pub fn place<N: Network>(index: usize) -> (usize, usize, usize) {
    let mut first = 0;
    for (number, shape) in N::SHAPES.iter().enumerate() {
        let within = index - first;
        if within < shape.parameters() || number + 1 == N::SHAPES.len() {
            return (shape.layer, within % shape.s_out, within / shape.s_out);
        }
        first += shape.parameters();
    }
    (0, 0, 0)
}

/// Σ 2 s_out s_in, `passes` times, but for the backward product of the first layer.
pub(crate) const fn flops(shapes: &[ThetaShape], passes: usize) -> usize {
    let mut sum = 0;
    let mut index = 0;
    while index < shapes.len() {
        let passes = if index == 0 && passes == 3 { 2 } else { passes };
        sum += passes * 2 * shapes[index].s_out * shapes[index].s_in;
        index += 1;
    }
    sum
}
