//! No rank has all that an optimizer remembers.

use constprop::prelude::*;
use constprop::train::Fit;
use constprop_mpi::{OverRanks, Ranks};

use super::nets::{classes, inputs};

network! {
    /// 1,051,658 parameters: m and v of Adam are 8.4 MB.
    pub struct Large(1016 => 1024 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

pub fn of_an_optimizer(ranks: &Ranks) {
    let x = inputs::<1016>(8);
    let y = classes::<1016, 10>(&x);
    let part = ranks.part(8);
    let (px, py) = (&x[part.clone()], &y[part]);
    let mut net = Large::<f32>::boxed_seeded(1);
    // What is allocated once is kept: the second training needs no more but for its optimizer.
    let mut train = || {
        let mut adam = Adam::<Large<f32>>::new(AdamSettings::default()).unwrap();
        let fit = Fit::new().epochs(2).batch(8);
        fit.over(ranks).run(&mut net, &mut adam, px, py).unwrap();
        adam
    };
    let first = train();
    let before = resident();
    let second = train();
    let grown = resident().saturating_sub(before);
    drop((first, second));
    let all = 8 * Large::<f32>::PARAMETERS;
    let most = all / ranks.size() + (1 << 20);
    assert!(grown < most, "an optimizer takes {grown} bytes, of {all} by {} ranks", ranks.size());
}

/// Bytes of memory in use.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
