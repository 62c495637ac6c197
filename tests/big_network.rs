//! A network that no stack holds: made, trained and copied on a default test thread.

use constprop::prelude::*;

network! {
    pub struct Big(3072 => 2000 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

/// Δ becomes ∂J/∂Θ where it lies.
#[test]
fn sums_and_finishes_in_place() {
    let x: [f32; 3072] = std::array::from_fn(|i| (i % 5) as f32 / 5.0);
    let (y, lambda) = (one_hot(3).unwrap(), Regularization::article(1e-4));
    let net = Big::<f32>::boxed_seeded(1);
    let mut big_deltas = BigDeltas::<Big<f32>>::boxed();
    let trace = net.forward(&x);
    big_deltas.accumulate(&trace, &net.backward(&trace, &y));
    let place = big_deltas.parameters().as_ptr();
    let gradient = big_deltas.finish(&net, 1, &lambda);
    assert_eq!(gradient.parameters().as_ptr(), place);
    let (_, expected) = net.cost_and_gradient(&[x], &[y], &lambda).unwrap();
    for (found, expected) in gradient.parameters().iter().zip(expected.parameters()) {
        assert!((found - expected).abs() < 1e-6, "{found} and {expected}");
    }
}

#[test]
fn trains_one_step_with_each_optimizer() {
    let x: [f32; 3072] = std::array::from_fn(|i| (i % 7) as f32 / 7.0);
    let (inputs, targets) = (vec![x], [one_hot(3).unwrap()]);
    let lambda = Regularization::article(1e-4);
    let mut net = Big::<f32>::boxed_seeded(1);
    let mut gradient = Gradient::<Big<f32>>::boxed();
    let mut workspace = Workspace::<Big<f32>>::boxed();

    let j = net
        .cost_and_gradient_into(&inputs, &targets, &lambda, &mut gradient, &mut workspace)
        .unwrap();
    let before = net.boxed_clone();
    GradientDescent::new(1e-3).unwrap().step(&mut *net, &gradient).unwrap();
    let lower = net.cost(&inputs, &targets, &lambda).unwrap();
    assert!(lower < j, "J was {j}, and is {lower} after a step of gradient descent");

    net.copy_from(&before);
    let mut adam =
        Adam::<Big<f32>>::boxed(AdamSettings { rate: 1e-5, ..AdamSettings::default() }).unwrap();
    adam.step(&mut net, &gradient).unwrap();
    let lower = net.cost(&inputs, &targets, &lambda).unwrap();
    assert!(lower < j, "J was {j}, and is {lower} after a step of Adam");
    let j = adam.train(&mut net, &inputs, &targets, &lambda, &mut workspace).unwrap();
    let lower = net.cost(&inputs, &targets, &lambda).unwrap();
    assert!(lower < j, "J was {j}, and is {lower} after a step in one call");
    let mut outputs = vec![[0.0; 10]; 5];
    net.predict_with(&[x; 5], &mut outputs, &mut workspace).unwrap();
    for (side_by_side, alone) in outputs[4].iter().zip(net.predict(&x)) {
        assert!((side_by_side - alone).abs() < 1e-5, "{side_by_side} and {alone}");
    }
    assert_eq!(net.theta1.matrix_of_any_size::<3073>().shape(), (2000, 3073));
}
