//! What is given by value takes at most three times its bytes of stack, and what is boxed none, also
//! unoptimized.
//!
//! `cargo test --profile dev --test stack` compiles the crate without optimization too.

#![cfg(feature = "std")]

use std::hint::black_box;
use std::thread::Builder;

use constprop::layer::L1;
use constprop::prelude::*;
use constprop::train::Fit;
use constprop::{DjDTheta, RealField};

network! {
    /// Of MNIST's size: 438 kB in `f32`, 875 kB in `f64`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Digits(784 => 128 Relu => 64 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// Of which a workspace has less than 1 MB.
    pub struct Small(784 => 64 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

/// What a thread and a few frames take, without a value in them.
const FRAMES: usize = 64 * 1024;

fn with_a_stack_of(bytes: usize, name: &str, run: impl FnOnce() + Send + 'static) {
    let thread = Builder::new().name(name.to_owned()).stack_size(bytes + FRAMES);
    thread.spawn(run).unwrap().join().unwrap();
}

/// A stack that is too small ends the process, which says the thread's name: what was made.
fn is_made<V>(name: &str, make: impl FnOnce() -> V + Send + 'static) {
    with_a_stack_of(3 * size_of::<V>(), name, || {
        let value = make();
        black_box(&value);
    });
}

/// What is made on the heap takes none, however large it is.
fn is_boxed<V>(name: &str, make: impl FnOnce() -> Box<V> + Send + 'static) {
    assert!(size_of::<V>() > 4 * FRAMES, "{name} is small");
    with_a_stack_of(0, name, || {
        black_box(make());
    });
}

fn boxed_of<T: RealField>() {
    is_boxed("boxed", Digits::<T>::boxed);
    is_boxed("boxed and random", || Digits::<T>::boxed_seeded(1));
    let net = Digits::<T>::boxed();
    is_boxed("boxed clone", move || net.boxed_clone());
    is_boxed("boxed gradient", Gradient::<Digits<T>>::boxed);
    is_boxed("boxed Δ", BigDeltas::<Digits<T>>::boxed);
    is_boxed("boxed workspace", Workspace::<Digits<T>>::boxed);
    is_boxed("boxed workspace of curvatures", CurvatureWorkspace::<Digits<T>>::boxed);
}

#[test]
fn what_is_boxed() {
    boxed_of::<f32>();
    boxed_of::<f64>();
}

fn networks_of<T: RealField>() {
    is_made("zeros", Digits::<T>::zeros);
    is_made("random", || Digits::<T>::random(&mut constprop::rng(1)));
    is_made("seeded", || Digits::<T>::seeded(1));
    let net = Digits::<T>::boxed();
    is_made("clone", move || Digits::clone(&net));
    let net = Digits::<f64>::boxed();
    is_made("cast", move || net.cast::<T>());
    is_made("gradient", Gradient::<Digits<T>>::zeros);
    is_made("Δ of a network", BigDeltas::<Digits<T>>::zeros);
    let gradient = Gradient::<Digits<T>>::boxed();
    is_made("clone of a gradient", move || Gradient::clone(&gradient));
    is_made("workspace", Workspace::<Small<T>>::new);
    is_made("workspace of curvatures", CurvatureWorkspace::<Small<T>>::new);
}

#[test]
fn networks_and_what_has_their_size() {
    networks_of::<f32>();
    networks_of::<f64>();
}

#[test]
fn theta_and_what_has_its_shape() {
    is_made("Θ", Theta::<L1, f64, 128, 784>::zeros);
    is_made("Δ", BigDelta::<L1, f64, 128, 784>::zeros);
    is_made("∂J/∂Θ", DjDTheta::<L1, f64, 128, 784>::zeros);
    let theta1 = Theta::<L1, f64, 128, 784>::boxed();
    is_made("clone of Θ", move || Theta::clone(&theta1));
    let theta1 = Theta::<L1, f64, 128, 127>::boxed();
    is_made("unrolled Θ", move || theta1.unroll::<16_384>());
}

/// Here it is what is handed in that counts: it lies where it was made.
#[test]
fn theta_of_its_entries() {
    static BIAS: [f32; 128] = [0.5; 128];
    static WEIGHTS: [[f32; 784]; 128] = [[0.25; 784]; 128];
    is_made("new Θ", || Theta::<L1, f32, 128, 784>::new(BIAS, WEIGHTS));
    is_made("rolled Θ", || Theta::<L1, f32, 128, 127>::roll([0.5; 16_384]));
}

/// What they remember is on the heap, also of a copy.
#[test]
fn optimizers() {
    type Net = Digits<f64>;
    is_made("Adam", || Adam::<Net>::new(AdamSettings::default()).unwrap().clone());
    is_made("AdamW", || AdamW::<Net>::new(AdamSettings::default(), 0.1).unwrap().clone());
    is_made("momentum", || Momentum::<Net>::new(0.1, 0.9).unwrap().nesterov().clone());
    is_made("RmsProp", || RmsProp::<Net>::new(RmsPropSettings::default()).unwrap().clone());
    is_made("Adagrad", || Adagrad::<Net>::new(AdagradSettings::default()).unwrap().clone());
    let boxed = || Adam::<Net>::boxed(AdamSettings::default()).unwrap();
    with_a_stack_of(0, "boxed Adam", move || {
        black_box(boxed());
    });
}

macro_rules! trains {
    ($T:ty) => {
        with_a_stack_of(2 << 20, stringify!($T), || {
            let mut net = Digits::<$T>::seeded(1);
            let mut adam = Adam::new(AdamSettings::default()).unwrap();
            let (x, y) = ([[0.5; 784]], [one_hot(3).unwrap()]);
            Fit::new().epochs(1).run(&mut net, &mut adam, &x, &y).unwrap();
        });
    };
}

/// Network and optimizer where a test has them.
#[test]
fn a_network_of_digits_trains() {
    trains!(f32);
    trains!(f64);
}
