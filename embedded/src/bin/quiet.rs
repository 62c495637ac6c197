//! `predict`, `forward`, `backward`, `accumulate`, `finish` and `step` with each of our activations, and nothing that
//! prints: what is linked of `core::panicking` would be theirs. `scripts/embedded` looks.

#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;

use constprop::prelude::*;

macro_rules! used {
    ($($name:ident: $hidden:ident, $output:ident, $cost:ident;)*) => {
        $(
            network! {
                pub struct $name(5 => 9 $hidden => 3 $output) minimizing $cost;
            }
        )*

        /// A step of each on one example, and a prediction.
        fn run() {
            $(
                let (mut net, mut big_deltas) = ($name::<f32>::zeros(), BigDeltas::<$name<f32>>::zeros());
                let (x, y) = (black_box(&[0.25; 5]), black_box(&[0.0, 1.0, 0.0]));
                let trace = net.forward(x);
                let deltas = net.backward(&trace, y);
                big_deltas.accumulate(&trace, &deltas);
                let gradient = big_deltas.finish(&net, 1, &Regularization::article(black_box(0.01)));
                if let Ok(mut descent) = GradientDescent::new(black_box(0.1)) {
                    black_box(descent.step(&mut net, gradient).is_ok());
                }
                if let Ok(mut adam) = Adam::new(AdamSettings::default()) {
                    black_box(adam.step(&mut net, gradient).is_ok());
                }
                black_box(net.predict(x));
            )*
        }
    };
}

used! {
    OfSigmoid: Sigmoid, Sigmoid, CrossEntropy;
    OfTanh: Tanh, Identity, HalfSquaredError;
    OfRelu: Relu, Softmax, CategoricalCrossEntropy;
    OfLeakyRelu: LeakyRelu, Tanh, HalfSquaredError;
    OfElu: Elu, Identity, HalfSquaredError;
    OfGelu: Gelu, Identity, HalfSquaredError;
    OfSilu: Silu, Identity, HalfSquaredError;
    OfSoftplus: Softplus, Identity, HalfSquaredError;
}

constprop_embedded::program!(run());
