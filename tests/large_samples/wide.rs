//! Networks with wide inputs and wide outputs.

use std::slice;

use constprop::prelude::*;
use constprop::{Batch, CurvatureWorkspace, RealField, Sample};

use super::{on_a_small_stack, on_a_stack_of};

/// Entries of x, or of y: half of what it is elsewhere, on half the stack, as what every call does with blocks of them is most
/// of the time.
const S: usize = 224 * 224 * 3 / 2;

network! {
    pub struct One(S => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Two(S => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Narrows(S => 3 Tanh => 1 Identity) minimizing Huber;
}

network! {
    pub struct Widens(8 => S Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Pixels(3 => 4 Tanh => S Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Classes(3 => 4 Gelu => S Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Mixed(3 => 2 Elu => S Softmax) minimizing HalfSquaredError;
}

network! {
    pub struct Both(S => 2 Tanh => S Tanh) minimizing Huber;
}

network! {
    pub struct Middle(3 => S Relu => 2 Identity) minimizing HalfSquaredError;
}

/// So many samples of entries around 1/`SIZE`, whose sum is 1.
fn samples<T: RealField, X: Sample<T>>(m: usize) -> Vec<X> {
    let mut samples = Vec::with_capacity(m);
    for example in 0..m {
        let beyond = |entry: usize| match X::SIZE {
            1 => 0.0,
            size if size % 2 == 1 && entry + 1 == size => 0.0,
            _ => 0.25 - 0.5 * ((entry + example) % 2) as f64,
        };
        let entry = |entry: usize| (1.0 + beyond(entry)) / X::SIZE as f64;
        let sample = X::boxed_from_fn(|index| nalgebra::convert(entry(index)));
        samples.extend_from_slice(slice::from_ref(&*sample));
    }
    samples
}

fn is_close<T: RealField>(found: &T, expected: &T, tolerance: T) -> bool {
    (found.clone() - expected.clone()).abs() <= tolerance * expected.clone().abs()
}

/// Entry by entry, as far as rounding of the largest allows.
fn are_close<T: RealField>(found: &[T], expected: &[T], tolerance: T) -> bool {
    let largest =
        expected.iter().fold(T::zero(), |largest, entry| largest.max(entry.clone().abs()));
    let allowed = tolerance * largest;
    let off = |(found, expected): (&T, &T)| (found.clone() - expected.clone()).abs();
    found.len() == expected.len() && found.iter().zip(expected).all(|pair| off(pair) <= allowed)
}

/// Every call over examples that returns no array of the network's sizes; what two of them must
/// agree in.
macro_rules! every_call {
    ($net:ident, $scalar:ident) => {
        type N = $net<$scalar>;
        // Sums of 75,264 terms, some of which are far smaller than the terms.
        let tolerance = 1e4 * $scalar::EPSILON;
        let net: &mut N = &mut N::boxed_seeded(1);
        let x = samples::<$scalar, <N as Network>::Input>(5);
        let y = samples::<$scalar, <N as Network>::Target>(5);
        let lambda = Regularization::<$scalar>::coursera(1e-3);
        let mut workspace = Workspace::<N>::boxed();

        let together = net.predict_many(&x).unwrap();
        let mut outputs = samples::<$scalar, _>(5);
        net.predict_with(&x, &mut outputs, &mut workspace).unwrap();
        assert!(outputs == together);
        net.predict_with(&x[..2], &mut outputs[..2], &mut workspace).unwrap();
        net.predict_into(&x[2..4], &mut outputs[2..4]).unwrap();
        assert!(are_close(outputs.as_flattened(), together.as_flattened(), tolerance));

        let j = net.cost(&x, &y, &lambda).unwrap();
        assert!(j.is_finite() && j > 0.0);
        assert_eq!(net.cost_with(&x, &y, &lambda, &mut workspace).unwrap(), j);
        let (found, gradient) = net.cost_and_gradient(&x, &y, &lambda).unwrap();
        assert_eq!(found, j);
        let (found, slopes) = net.cost_and_gradient_in(&x, &y, &lambda, &mut workspace).unwrap();
        assert!(found == j && slopes.parameters() == gradient.parameters());

        // Weights of 1 and of 0: the mean of the others.
        let batch = Batch::<N>::new(&x, &y).with_weights(&[1.0, 1.0, 0.0, 1.0, 0.0]);
        let none = Regularization::none();
        let weighted = batch.cost(net, &none, &mut workspace).unwrap();
        let (found, _) = batch.cost_and_gradient(net, &none, &mut workspace).unwrap();
        assert_eq!(found, weighted);
        let [a, b] = [0..2, 3..4].map(|of| (x[of.clone()].to_vec(), y[of].to_vec()));
        let [a, b] = [a, b].map(|(x, y)| net.cost_with(&x, &y, &none, &mut workspace).unwrap());
        assert!(is_close(&(weighted * 5.0), &(a * 2.0 + b), tolerance));

        // ∇²J v of v = ∇J.
        let mut curvature = CurvatureWorkspace::<N>::boxed();
        let (mut hessian, mut gauss_newton) = (Gradient::<N>::boxed(), Gradient::<N>::boxed());
        let product = &mut hessian;
        net.hessian_vector_product_with(&x, &y, &lambda, &gradient, product, &mut curvature)
            .unwrap();
        let product = &mut gauss_newton;
        net.gauss_newton_product_with(&x, &y, &lambda, &gradient, product, &mut curvature).unwrap();
        assert!(hessian.parameters().iter().all(|entry| entry.is_finite()));
        assert!(gauss_newton.inner_product(&gradient) > 0.0);

        let mut descent = GradientDescent::new(0.1).unwrap();
        let (before, stepped) = (net.boxed_clone(), &mut net.boxed_clone());
        let (before, stepped): (&N, &mut N) = (&before, stepped);
        descent.step(stepped, &gradient).unwrap();
        let found = descent.train(net, &x, &y, &lambda, &mut workspace).unwrap();
        assert!(is_close(&found, &j, tolerance) && net.parameters() != before.parameters());
        assert!(are_close(net.parameters(), stepped.parameters(), tolerance));
    };
}

macro_rules! of_scalar {
    ($scalar:ident: $($test:ident $net:ident)*) => {
        mod $scalar {
            use super::*;

            $(
                #[test]
                fn $test() {
                    on_a_stack_of(1 << 20, || {
                        every_call!($net, $scalar);
                    });
                }
            )*
        }
    };
}

macro_rules! of_both_scalars {
    ($($test:ident $net:ident)*) => {
        of_scalar!(f32: $($test $net)*);
        of_scalar!(f64: $($test $net)*);
    };
}

of_both_scalars! {
    one_output One
    two_outputs Two
    wide_inputs Narrows
    wide_outputs Widens
    a_wide_hidden_layer Middle
    wide_sigmoid_and_cross_entropy Pixels
    wide_softmax_and_cross_entropy Classes
    wide_softmax_and_squared_error Mixed
    wide_inputs_and_outputs Both
}

/// As much as the docs of `predict` and `forward` say, of each.
#[test]
fn what_is_returned_by_value() {
    network! {
        struct In(32_760 => 1 Identity) minimizing HalfSquaredError;
    }
    network! {
        struct Hidden(1 => 32_768 Tanh => 1 Identity) minimizing HalfSquaredError;
    }
    network! {
        struct Out(1 => 131_072 Identity) minimizing HalfSquaredError;
    }
    network! {
        struct Trace(1 => 16_376 Sigmoid) minimizing CrossEntropy;
    }
    on_a_small_stack(|| {
        let x = samples::<f32, [f32; 32_760]>(1);
        let net = In::<f32>::boxed_seeded(1);
        let trace = net.forward(&x[0]);
        assert!(net.backward(&trace, &[0.0]).delta2[0] == trace.output()[0]);
        assert!((net.predict(&x[0])[0] - trace.output()[0]).abs() < 1e-6);
    });
    on_a_small_stack(|| {
        let net = Hidden::<f32>::boxed_seeded(1);
        let [few, many] = [3, 4].map(|m| net.predict_many(&vec![[0.5]; m]).unwrap());
        assert!(
            (net.predict(&[0.5])[0] - many[0][0]).abs() < 1e-5 && few[0] == net.predict(&[0.5])
        );
    });
    on_a_small_stack(|| {
        let net = Out::<f32>::boxed_seeded(1);
        assert!(net.predict(&[1.0]).iter().all(|output| output.is_finite()));
    });
    on_a_small_stack(|| {
        let net = Trace::<f32>::boxed_seeded(1);
        let trace = net.forward(&[1.0]);
        let y = samples::<f32, [f32; 16_376]>(1);
        assert_eq!(net.backward(&trace, &y[0]).delta2[9], trace.a2[9] - y[0][9]);
    });
}
