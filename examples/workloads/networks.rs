//! The networks of the workloads.

use constprop::prelude::*;

network! {
    /// W1: the smallest that needs a hidden layer.
    pub struct Xor(2 => 4 Sigmoid => 1 Sigmoid) minimizing HalfSquaredError;
}

network! {
    /// W2: a policy, from 4 observations to 2 actions.
    pub struct Policy(4 => 64 Tanh => 64 Tanh => 2 Identity) minimizing HalfSquaredError;
}

network! {
    /// W3: a policy that imitates another.
    pub struct Imitator(13 => 64 Tanh => 64 Tanh => 4 Identity) minimizing HalfSquaredError;
}

network! {
    /// W4: Coursera's exercise, images of 20 x 20 pixels.
    pub struct Coursera(400 => 25 Sigmoid => 10 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// W5: images of 28 x 28 pixels.
    pub struct Images(784 => 128 Relu => 64 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// W6: the same, with wide layers.
    pub struct Wide(784 => 512 Relu => 512 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// W7: [`Images`] to z⁽⁴⁾, without the softmax.
    pub struct Logits(784 => 128 Relu => 64 Relu => 10 Identity) minimizing HalfSquaredError;
}
