//~ `Delta<Layer4, f64, 2>` is no ∂J/∂a⁽ᴸ⁾ of `Actor`
use constprop::prelude::*;

network! {
    pub struct Actor(3 => 5 Tanh => 4 Tanh => 2 Tanh) minimizing HalfSquaredError;
}

fn main() {
    let actor = Actor::<f64>::seeded(1);
    let trace = actor.forward(&[0.1, 0.2, 0.3]);
    let deltas = actor.backward(&trace, &[1.0, 0.0]);
    let from_outside = actor.backward_from(&trace, &deltas.delta4);
    println!("{from_outside:?}");
}
