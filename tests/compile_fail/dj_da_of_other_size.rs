//~ is no ∂J/∂a⁽ᴸ⁾ of `Actor`
//~ of as many numbers as outputs
use constprop::DjDa;
use constprop::prelude::*;

network! {
    pub struct Actor(3 => 5 Tanh => 4 Tanh => 2 Tanh) minimizing HalfSquaredError;
}

fn main() {
    let actor = Actor::<f64>::seeded(1);
    let trace = actor.forward(&[0.1, 0.2, 0.3]);
    let deltas = actor.backward_from(&trace, &DjDa::from([1.0, 0.0, 0.0]));
    println!("{deltas:?}");
}
