//! An activation and a cost of one's own need no derives; x³ is `powi`.

use constprop::prelude::*;

pub struct Cube;

impl Activation for Cube {
    const NAME: &'static str = "Cube";

    fn g<V: Real>(z: V) -> V {
        z.powi(3)
    }

    fn g_prime<V: Real>(z: V, _a: V) -> V {
        V::constant(3.0) * z.powi(2)
    }

    fn g_second<V: Real>(z: V, _a: V) -> V {
        V::constant(6.0) * z
    }
}

pub struct Quartic;

impl CostOfA for Quartic {
    const NAME: &'static str = "Quartic";

    fn cost<V: Real>(a: V, y: V) -> V {
        (a - y).powi(4)
    }

    fn slope<V: Real>(a: V, y: V) -> V {
        V::constant(4.0) * (a - y).powi(3)
    }

    fn curvature<V: Real>(a: V, y: V) -> V {
        V::constant(12.0) * (a - y).powi(2)
    }
}

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Net(2 => 4 Cube => 1 Identity) minimizing Quartic;
}

fn main() {
    let net = Net::<f64>::seeded(1);
    let trace = net.forward(&[0.0, 1.0]);
    assert_eq!(trace.clone(), trace);
    println!("{trace:?} {:?}", net.cost(&[[0.0, 1.0]], &[[0.5]], &Regularization::none()));
}
