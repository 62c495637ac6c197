//! The list of layers and a pass of a user's own, in a user's crate.
#![forbid(unsafe_code)]

use constprop::chain::{Last, Layers, Pass, Step};
use constprop::prelude::*;
use constprop::{Cost, Output, Shapes};

network! {
    pub struct Deep(3 => 5 Tanh => 4 Relu => 2 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Policy<const OBS: usize, const ACT: usize>(OBS => 7 Silu => ACT Identity)
        minimizing Huber;
}

type ByHand = Step<Tanh, 5, 3, Step<Relu, 4, 5, Last<(Softmax, CategoricalCrossEntropy), 2, 4>>>;

/// What each layer is, forward, and in brackets on the way back.
struct Words(Vec<String>);

impl Pass for Words {
    type Output = Vec<String>;

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(
        mut self,
    ) -> Self::Output {
        self.0.push(format!("{S_IN} => {S_OUT} {}, {} behind", G::NAME, Rest::PARAMETERS));
        let mut words = Rest::walk(self);
        words.push(format!("({S_OUT})"));
        words
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(
        mut self,
    ) -> Self::Output {
        self.0.push(format!("{S_IN} => {S_OUT} {} minimizing {}", H::NAME, C::NAME));
        self.0
    }
}

#[test]
fn a_pass_is_shown_every_layer_and_comes_back() {
    let expected = [
        "3 => 5 Tanh, 34 behind",
        "5 => 4 Relu, 10 behind",
        "4 => 2 Softmax minimizing CategoricalCrossEntropy",
        "(4)",
        "(5)",
    ];
    assert_eq!(<Deep as Network>::Chain::walk(Words(Vec::new())), expected);
    assert_eq!(ByHand::walk(Words(Vec::new())), expected);
    let of_sizes = <Policy<3, 2> as Network>::Chain::walk(Words(Vec::new()));
    assert_eq!(of_sizes, ["3 => 7 Silu, 16 behind", "7 => 2 Identity minimizing Huber", "(7)"]);
}

#[test]
fn shapes_come_from_the_list() {
    assert_eq!(ByHand::SHAPES, <Deep as Network>::SHAPES);
    assert_eq!(ByHand::COUNT, 3);
    assert_eq!([ByHand::S_IN, ByHand::S_OUT, ByHand::PARAMETERS], [3, 2, 20 + 24 + 10]);
    let layers: Vec<_> =
        ByHand::SHAPES.iter().map(|shape| (shape.layer, shape.activation)).collect();
    assert_eq!(layers, [(1, "Tanh"), (2, "Relu"), (3, "Softmax")]);
    assert_eq!(Deep::<f64>::PARAMETERS, ByHand::PARAMETERS);
}
