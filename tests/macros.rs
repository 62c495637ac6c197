//! What can be written into `network!`, from a crate that forbids unsafe code.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings)]
#![allow(unused_qualifications, reason = "paths are one of the forms")]

use constprop::layer::{L1, L2};
use constprop::prelude::*;
use num_dual::DualDVec64;

const HIDDEN: usize = 6;

network! {
    /// Sizes as literals, constants and braced expressions; attributes pass through.
    #[derive(Clone, Debug, PartialEq)]
    #[must_use]
    pub struct Sizes(3 => HIDDEN Tanh => {2 * HIDDEN + 1} Relu => 2 Identity)
        minimizing HalfSquaredError;
}

network! {
    /// Generic over its sizes.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Policy<const OBS: usize, const ACT: usize>(OBS => 64 Tanh => 64 Tanh => ACT Identity)
        minimizing HalfSquaredError;
}

network! {
    // Private, without a doc, its activations and cost by path and with constants of their own.
    struct Paths<const WIDTH: usize,>(
        WIDTH => WIDTH constprop::LeakyRelu<1, 5> => 1 constprop::Elu<1, 2>
    ) minimizing constprop::Huber<1, 10>;
}

const _: () = assert!(Policy::<4, 2, f32>::BYTES <= 32 * 1024);
const _: () = assert!(Policy::<4, 2, f32>::PARAMETERS == 4 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2);
const _: () = assert!(Policy::<4, 2, f32>::FORWARD_FLOPS == 8960);

network! {
    /// In flash.
    pub struct Gate(2 => 2 Sigmoid => 1 Sigmoid) minimizing CrossEntropy;
}

/// XOR, by the weights everybody writes down once.
static XOR: Gate<f32> = Gate::new(
    Theta::new([-10.0, 30.0], [[20.0, 20.0], [-20.0, -20.0]]),
    Theta::new([-30.0], [[20.0, 20.0]]),
);

#[test]
fn a_static_network_predicts() {
    for (x, y) in [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)] {
        assert!((XOR.predict(&x)[0] - y).abs() < 1e-3, "XOR of {x:?}");
    }
}

network! {
    /// Names that the macro might have taken for itself.
    pub struct Names<const U: usize, const N: usize>(U => N Tanh => U Identity)
        minimizing HalfSquaredError;
}

#[test]
fn sizes_are_what_was_written() {
    assert_eq!(Names::<2, 3, f32>::seeded(0).predict(&[0.5, 0.5]).len(), 2);
    let sizes: Vec<_> =
        Sizes::<f64>::SHAPES.iter().map(|shape| (shape.s_out, shape.s_in)).collect();
    assert_eq!(sizes, [(6, 3), (13, 6), (2, 13)]);
    let policy = Policy::<4, 2, f32>::seeded(0);
    assert_eq!(policy.predict(&[0.1; 4]).len(), 2);
    let paths = Paths::<3>::new(
        Theta::new([0.0; 3], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        Theta::new([0.0], [[1.0, 1.0, 1.0]]),
    );
    // LeakyRelu<1, 5> gives −0.2 for −1, and Elu<1, 2> then ½ (e^−0.6 − 1) for their sum.
    let expected = 0.5 * (-0.6_f64).exp_m1();
    assert!((paths.predict(&[-1.0; 3])[0] - expected).abs() < 1e-15);
}

#[test]
fn parameters_unroll_in_octaves_order() {
    let unrolled = XOR.parameters();
    assert_eq!(unrolled, [-10.0, 30.0, 20.0, -20.0, 20.0, -20.0, -30.0, 20.0, 20.0]);
    let theta1: &Theta<L1, f32, 2, 2> = &XOR.theta1;
    let theta2: &Theta<L2, f32, 1, 2> = &XOR.theta2;
    assert_eq!(theta1.unroll::<6>(), unrolled[..6]);
    assert_eq!(theta2.unroll::<3>(), unrolled[6..]);
    assert_eq!(&Theta::roll(theta1.unroll::<6>()), theta1);
    let matrix = theta1.matrix::<3>();
    for row in 0..2 {
        assert_eq!(matrix[(row, 0)], theta1.bias[row]);
        for column in 0..2 {
            assert_eq!(matrix[(row, column + 1)], theta1.weights[(row, column)]);
        }
    }
    let mut net = Gate::<f32>::zeros();
    net.set_parameters(unrolled).unwrap();
    assert_eq!(net.theta1, XOR.theta1);
    assert_eq!(net.theta2, XOR.theta2);
}

macro_rules! depths {
    ($($name:ident $layers:literal ($($chain:tt)*);)*) => {
        $(network! {
            /// One of many depths.
            pub struct $name($($chain)*) minimizing HalfSquaredError;
        })*

        #[test]
        fn every_depth_to_sixteen_and_the_deepest() {
            $(
                assert_eq!($name::<f64>::SHAPES.len(), $layers - 1);
                let net = $name::<f64>::seeded(0);
                let (traced, predicted) = (net.forward(&[0.5]).output()[0], net.predict(&[0.5])[0]);
                assert!((traced - predicted).abs() < 1e-13, "{traced:e} and {predicted:e}");
            )*
        }
    };
}

depths! {
    Deep2 2 (1 => 1 Tanh);
    Deep3 3 (1 => 1 Tanh => 1 Tanh);
    Deep4 4 (1 => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep5 5 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep6 6 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep7 7 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep8 8 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep9 9 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep10 10 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh);
    Deep11 11 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh);
    Deep12 12 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep13 13 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep14 14 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep15 15 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep16 16 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
    Deep33 33 (1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
        => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh);
}

/// A scalar that is not `Copy`, a dual number with a gradient on the heap: all derivatives of a
/// prediction at once.
#[test]
fn scalars_need_not_be_copy() {
    use num_dual::Derivative;
    let mut net = XOR.cast::<DualDVec64>();
    let count = Gate::<f64>::PARAMETERS;
    for (index, theta) in net.parameters_mut().iter_mut().enumerate() {
        let unit = nalgebra::DVector::from_fn(count, |row, _| f64::from(row == index));
        theta.eps = Derivative::some(unit);
    }
    let x = [0.3, 0.4].map(DualDVec64::from_re);
    let y = [DualDVec64::from_re(1.0)];
    let (j, gradient) = net
        .cost_and_gradient(&[x], &[y], &Regularization::none())
        .expect("dual numbers are a RealField");
    let exact = j.eps.unwrap_generic(nalgebra::Dyn(count), nalgebra::U1);
    for (exact, found) in exact.iter().zip(gradient.parameters()) {
        assert!((exact - found.re).abs() < 1e-14, "{exact:e} and {:e}", found.re);
    }
}

#[test]
fn debug_and_equality_reach_traces_and_gradients() {
    let net = Sizes::<f64>::seeded(4);
    let trace = net.forward(&[0.1, 0.2, 0.3]);
    assert_eq!(trace, trace.clone());
    assert!(format!("{trace:?}").contains("z2"));
    let deltas = net.backward(&trace, &[0.0, 1.0]);
    assert_eq!(deltas, deltas.clone());
    let mut sums = BigDeltas::<Sizes>::zeros();
    sums.accumulate(&trace, &deltas);
    assert_eq!(sums, sums.clone());
    assert!(format!("{sums:?}").starts_with("BigDeltas<Sizes>["));
    let gradient = sums.finish(&net, 1, &Regularization::none());
    assert!(format!("{gradient:?}").starts_with("Gradient<Sizes>["));
}
