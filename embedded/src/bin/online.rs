//! One step on one example, 13-16-4: forward, backward, accumulate and gradient descent.

#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;

use constprop::prelude::*;
use constprop_embedded::board::measure;
use constprop_embedded::learn::draw;
use constprop_embedded::stream::Stream;

network! {
    pub struct Policy(13 => 16 Relu => 4 Identity) minimizing HalfSquaredError;
}

fn run() -> Result<(), constprop::Error> {
    let (mut net, mut big_deltas) = (Policy::<f32>::zeros(), BigDeltas::<Policy<f32>>::zeros());
    draw(&mut net, &mut Stream::new(2), 0.25);
    let mut descent = GradientDescent::new(0.01)?;
    measure("13-16-4, one step on one example", |x| {
        let trace = net.forward(x);
        let deltas = net.backward(&trace, black_box(&[0.5; 4]));
        big_deltas.fill(0.0);
        big_deltas.accumulate(&trace, &deltas);
        let gradient = big_deltas.finish(&net, 1, &Regularization::none());
        black_box(descent.step(&mut net, gradient).is_ok());
    });
    Ok(())
}

constprop_embedded::program!(assert!(run().is_ok()));
