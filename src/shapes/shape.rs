//! The shapes of a network's Θ⁽ˡ⁾ as data.

use core::fmt;

use crate::activation::{Activation, Hidden};
use crate::fast::list::{Activates, Ends, Follows, Last, Layers, Step};
use crate::output::Output;
use crate::shapes::init::Init;
use crate::text::{Pen, text_on};

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
    /// Its numbers, as [`Activation::NUMBERS`] has them.
    pub numbers: &'static [i64],
    /// How Θ⁽ˡ⁾ is initialized by default.
    pub init: Init,
}

impl ThetaShape {
    /// Θ⁽ˡ⁾ of a hidden layer l + 1 with the activation `G`.
    #[must_use]
    pub const fn hidden<G: Hidden>(layer: usize, s_out: usize, s_in: usize) -> Self {
        let (activation, numbers) = (G::NAME, <G as Activation>::NUMBERS);
        Self { layer, s_out, s_in, activation, numbers, init: <G as Activation>::INIT }
    }

    /// Θ⁽ᴸ⁻¹⁾, of the output layer with the activation `H`.
    #[must_use]
    pub const fn output<H: Output>(layer: usize, s_out: usize, s_in: usize) -> Self {
        let (activation, numbers) = (H::NAME, H::NUMBERS);
        Self { layer, s_out, s_in, activation, numbers, init: H::INIT }
    }

    /// s_{l+1} (s_l + 1).
    #[must_use]
    pub const fn parameters(&self) -> usize {
        self.s_out * (self.s_in + 1)
    }
}

/// The layer that it leads to, as `network!` has it: `64 LeakyRelu<1, 5>`.
impl fmt::Display for ThetaShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.s_out, self.activation, Numbers(self.numbers))
    }
}

/// An activation's numbers behind its name: `<1, 5>`, and nothing where there are none.
pub(crate) struct Numbers(pub(crate) &'static [i64]);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            write!(f, "{}{number}", if index == 0 { "<" } else { ", " })?;
        }
        f.write_str(if self.0.is_empty() { "" } else { ">" })
    }
}

/// The shapes of the Θ⁽ˡ⁾ of some layers: of every [`Layers`].
///
/// ```
/// use constprop::chain::{Last, Step};
/// use constprop::prelude::*;
/// use constprop::Shapes;
///
/// type Chain = Step<Tanh, 5, 3, Last<(Sigmoid, CrossEntropy), 2, 5>>;
/// let [first, last] = <Chain as Shapes>::SHAPES else { unreachable!() };
/// assert_eq!((first.layer, first.s_out, first.s_in, first.activation), (1, 5, 3, "Tanh"));
/// assert_eq!((last.layer, last.s_out, last.s_in, last.activation), (2, 2, 5, "Sigmoid"));
/// ```
pub trait Shapes: Layers {
    /// How many they are.
    const COUNT: usize;

    /// The first [`COUNT`](Shapes::COUNT) of these.
    #[doc(hidden)]
    const TABLE: [ThetaShape; MOST];

    /// Each of them, counted from 1 on.
    const SHAPES: &'static [ThetaShape] =
        { const { &counted(Self::TABLE) }.split_at(Self::COUNT).0 };
}

/// A network has 33 layers at most.
const MOST: usize = 32;

impl<G: Activates, const S_OUT: usize, const S_IN: usize, R: Shapes + Follows<S_OUT>> Shapes
    for Step<G, S_OUT, S_IN, R>
{
    const COUNT: usize = 1 + R::COUNT;
    const TABLE: [ThetaShape; MOST] = {
        assert!(R::COUNT < MOST, "a network has 33 layers at most");
        let mut table = [ThetaShape::hidden::<G::G>(1, S_OUT, S_IN); MOST];
        let mut index = 0;
        while index < R::COUNT {
            table[index + 1] = R::TABLE[index];
            index += 1;
        }
        table
    };
}

impl<E: Ends, const S_OUT: usize, const S_IN: usize> Shapes for Last<E, S_OUT, S_IN> {
    const COUNT: usize = 1;
    const TABLE: [ThetaShape; MOST] = [ThetaShape::output::<E::H>(1, S_OUT, S_IN); MOST];
}

const fn counted(mut table: [ThetaShape; MOST]) -> [ThetaShape; MOST] {
    let mut index = 0;
    while index < MOST {
        table[index].layer = index + 1;
        index += 1;
    }
    table
}

/// The shapes of a network: a layer of size 0 stops the build.
#[track_caller]
pub(crate) const fn nonempty(
    network: &str,
    shapes: &'static [ThetaShape],
) -> &'static [ThetaShape] {
    let mut index = 0;
    while index < shapes.len() {
        let ThetaShape { layer, s_out, s_in, .. } = shapes[index];
        assert_units(network, layer, s_in);
        assert_units(network, layer + 1, s_out);
        index += 1;
    }
    shapes
}

/// A layer of size 0 stops the build.
#[track_caller]
pub(crate) const fn assert_units(network: &str, layer: usize, units: usize) {
    if units > 0 {
        return;
    }
    let mut page = [0; 256];
    let mut pen = Pen::new(&mut page, 0);
    pen.text("network `");
    pen.text(network);
    pen.text("`: layer ");
    pen.number(layer as u64, 10);
    pen.text(" has size 0");
    let written = pen.written();
    panic!("{}", text_on(page.split_at(written).0));
}

/// Where in its Θ⁽ˡ⁾ a flat index stands: (l, row, column), column 0 the bias. One beyond the last is
/// counted on in the last Θ's columns.
pub(crate) const fn place_in(shapes: &[ThetaShape], index: usize) -> (usize, usize, usize) {
    let (mut within, mut number) = (index, 0);
    while number < shapes.len() {
        let shape = &shapes[number];
        number += 1;
        if within < shape.parameters() || number == shapes.len() {
            // No layer is empty; firmware has no panic for one.
            let s_out = if shape.s_out == 0 { 1 } else { shape.s_out };
            return (shape.layer, within % s_out, within / s_out);
        }
        within -= shape.parameters();
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
