//! `train` on eight examples, 4-16-16-2 tanh, Adam.

#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;

use constprop::prelude::*;
use constprop_embedded::board::measure;
use constprop_embedded::learn::{Policy, draw};
use constprop_embedded::stream::Stream;

fn run() -> Result<(), constprop::Error> {
    let (mut net, mut workspace) = (Policy::<f32>::zeros(), Workspace::new());
    draw(&mut net, &mut Stream::new(2), 0.25);
    let mut adam = Adam::new(AdamSettings::default())?;
    let none = Regularization::none();
    measure("4-16-16-2, one step of Adam on 8 examples", |x: &[f32; 32]| {
        let (x, _) = x.as_chunks::<4>();
        black_box(
            adam.train(&mut net, x, black_box(&[[0.5; 2]; 8]), &none, &mut workspace).is_ok(),
        );
    });
    Ok(())
}

constprop_embedded::program!(assert!(run().is_ok()));
