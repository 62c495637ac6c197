//~ DjDa<Layer1, f64, 2>` is no ∂J/∂a⁽ᴸ⁾ of `Encoder`
use constprop::DjDa;
use constprop::prelude::*;

network! {
    pub struct Encoder(3 => 4 Tanh => 2 Tanh) minimizing HalfSquaredError;
}

network! {
    pub struct Critic(2 => 1 Identity) minimizing HalfSquaredError;
}

fn main() {
    let (encoder, critic) = (Encoder::<f64>::seeded(1), Critic::<f64>::seeded(2));
    let code = encoder.forward(&[0.1, 0.2, 0.3]);
    let value = critic.forward(code.output());
    let deltas = critic.backward_from(&value, &DjDa::from([1.0]));
    // `critic.dj_dx(&deltas).of_output()` is what it means to the encoder.
    let deltas = encoder.backward_from(&code, &critic.dj_dx(&deltas));
    println!("{deltas:?}");
}
