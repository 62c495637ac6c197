//! What is learned on line, from examples that come one by one: XOR, an example at a time in the least memory, and a
//! policy, eight at a time.

use constprop::prelude::*;

use crate::stream::Stream;

network! {
    /// XOR.
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// From four sensors to two motors.
    pub struct Policy(4 => 16 Tanh => 16 Tanh => 2 Identity) minimizing HalfSquaredError;
}

network! {
    /// Predicts alone, with units in sixteens, eights, fours, twos and one.
    pub struct Fixed(11 => 46 Relu => 39 Tanh => 3 Identity) minimizing HalfSquaredError;
}

/// Its weights, in flash.
// SAFETY: a network is its parameters and nothing else.
static FIXED: Fixed<f32> = unsafe {
    let (mut stream, mut theta) = (Stream::new(6), [0.0; Fixed::<f32>::PARAMETERS]);
    let mut entry = 0;
    while entry < theta.len() {
        theta[entry] = 0.25 * stream.number();
        entry += 1;
    }
    core::mem::transmute(theta)
};

/// What it predicts of eight examples.
pub fn predictions() -> [[f32; 3]; 8] {
    let mut stream = Stream::new(7);
    core::array::from_fn(|_| FIXED.predict(&stream.numbers()))
}

/// Θ from a stream, each entry between ±`scale`: without a normal distribution, which takes 5 kB of flash.
pub fn draw<N: Network<Scalar = f32>>(net: &mut N, stream: &mut Stream, scale: f32) {
    net.parameters_mut().iter_mut().for_each(|theta| *theta = scale * stream.number());
}

/// An example of XOR.
pub fn xor_example(stream: &mut Stream) -> ([f32; 2], [f32; 1]) {
    let [a, b] = stream.numbers().map(|number| number > 0.0);
    ([a, b].map(|bit| f32::from(u8::from(bit))), [f32::from(u8::from(a != b))])
}

/// What the policy is to do.
pub fn policy_example(stream: &mut Stream) -> ([f32; 4], [f32; 2]) {
    let x = stream.numbers();
    (x, [x[0] * x[1], 0.5 * x[2] - 0.25 * x[3]])
}

/// One step on one example: forward, backward, and down the gradient. Gives its cost before.
pub fn step(
    net: &mut Xor<f32>,
    big_deltas: &mut BigDeltas<Xor<f32>>,
    descent: &mut GradientDescent<f32>,
    (x, y): ([f32; 2], [f32; 1]),
) -> Result<f32, constprop::Error> {
    let trace = net.forward(&x);
    let deltas = net.backward(&trace, &y);
    big_deltas.fill(0.0);
    big_deltas.accumulate(&trace, &deltas);
    let gradient = big_deltas.finish(net, 1, &Regularization::none());
    descent.step(net, gradient)?;
    Ok(trace.cost(&y))
}

/// One step on the next eight examples. Gives J of before.
pub fn train(
    net: &mut Policy<f32>,
    adam: &mut Adam<Policy<f32>>,
    workspace: &mut Workspace<Policy<f32>>,
    stream: &mut Stream,
) -> Result<f32, constprop::Error> {
    let (mut x, mut y) = ([[0.0; 4]; 8], [[0.0; 2]; 8]);
    for (x, y) in x.iter_mut().zip(&mut y) {
        (*x, *y) = policy_example(stream);
    }
    adam.train(net, &x, &y, &Regularization::none(), workspace)
}

/// What tells parameters apart by one number: FNV-1a of their bits.
pub fn fingerprint(parameters: &[f32]) -> u32 {
    let bytes = parameters.iter().flat_map(|theta| theta.to_bits().to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
