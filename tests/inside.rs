//! A network inside a larger computation: ∂J/∂a⁽ᴸ⁾ from outside, ∂J/∂x going on.

mod common;

use common::agreement::on_every_set;
use constprop::prelude::*;
use constprop::{Error, Sample};
use rand::RngExt;

network! {
    pub struct Net(5 => 7 Tanh => 6 Relu => 3 Sigmoid) minimizing HalfSquaredError;
}

network! {
    pub struct Mixing(70 => 9 Elu => 4 Softmax) minimizing HalfSquaredError;
}

network! {
    /// Wider than the inputs that are computed at a time, and without a hidden layer.
    pub struct Flat(140 => 3 Tanh) minimizing HalfSquaredError;
}

network! {
    /// Outputs that do not fit into registers.
    pub struct Many(2 => 3 Tanh => 2100 Softmax) minimizing HalfSquaredError;
}

fn random<X: Sample<f64>>(m: usize, seed: u64) -> Vec<X> {
    let mut rng = constprop::rng(seed);
    (0..m).map(|_| X::from_fn(|_| rng.random_range(-1.5..1.5))).collect()
}

/// a − y, which is what half a squared error has as ∂cost/∂a, over zeros.
fn write_differences<Y: Sample<f64>>(y: &[Y], outputs: &[Y], dj_da: &mut [Y]) {
    assert!(Y::flat(dj_da).iter().all(|entry| *entry == 0.0));
    for ((dj_da, a), y) in Y::flat_mut(dj_da).iter_mut().zip(Y::flat(outputs)).zip(Y::flat(y)) {
        *dj_da = a - y;
    }
}

/// The bits of the cost, and ∂J/∂x of the readable path.
fn as_the_cost<N: FloatNetwork<Scalar = f64, Cost = HalfSquaredError>>(sizes: &[usize]) {
    let (net, lambda) = (N::boxed_seeded(3), Regularization::coursera(0.3));
    let (mut workspace, mut of_cost) = (InsideWorkspace::<N>::boxed(), Workspace::boxed());
    for &m in sizes {
        let (x, y) = (random::<N::Input>(m, 1), random::<N::Target>(m, 2));
        let (_, expected) = net.cost_and_gradient_in(&x, &y, &lambda, &mut of_cost).unwrap();
        let mut dj_dx = x.clone();
        for dj_dx in [None, Some(&mut *dj_dx)] {
            let mut next = 0;
            let outer = |first, outputs: &[N::Target], dj_da: &mut [N::Target]| {
                assert_eq!((first, outputs.len()), (next, dj_da.len()));
                next += outputs.len();
                write_differences(&y[first..], outputs, dj_da);
            };
            let found = net.gradient_from(&x, dj_dx, &lambda, &mut workspace, outer).unwrap();
            assert!(found == expected, "{}, m = {m}", N::NAME);
            assert_eq!(next, m, "each example once");
        }
        for ((x, y), dj_dx) in x.iter().zip(&y).zip(&dj_dx) {
            let trace = net.forward(x);
            let a = trace.output().as_ref();
            let difference = N::DjDaL::from(Sample::from_fn(|i| a[i] - y.as_ref()[i]));
            let expected: N::Input = net.dj_dx(&net.backward_from(&trace, &difference)).into();
            for (found, expected) in dj_dx.as_ref().iter().zip(expected.as_ref()) {
                assert!((found - expected).abs() <= 1e-13, "{found} is not {expected}, m = {m}");
            }
        }
    }
}

#[test]
fn a_slope_from_outside_gives_the_bits_of_the_cost() {
    on_every_set(|_| {
        as_the_cost::<Net>(&[1, 7, 128, 300, 650]);
        as_the_cost::<Mixing>(&[3, 130]);
        as_the_cost::<Flat>(&[33, 257]);
        as_the_cost::<Many>(&[2]);
    });
}

/// What the caller reads: ∂J/∂x, and J.
#[test]
fn what_is_wrong_is_named_and_nothing_is_half_written() {
    let m = 300;
    let (net, none) = (Net::<f64>::seeded(1), Regularization::none());
    let mut workspace = InsideWorkspace::boxed();
    let x: Vec<[f64; 5]> = random(m, 1);
    let before = random::<[f64; 5]>(m, 7);
    let mut error = |net: &Net, x: &[[f64; 5]], wrong: Option<(usize, usize)>| {
        let mut dj_dx = before.clone();
        let outer = |first: usize, _: &[[f64; 3]], dj_da: &mut [[f64; 3]]| {
            if let Some((example, entry)) = wrong
                && let Some(dj_da) = example.checked_sub(first).and_then(|i| dj_da.get_mut(i))
            {
                dj_da[entry] = f64::NEG_INFINITY;
            }
        };
        let dj_dx_of = Some(&mut *dj_dx);
        let error = net.gradient_from(x, dj_dx_of, &none, &mut workspace, outer).unwrap_err();
        (error, dj_dx)
    };
    let (found, dj_dx) = error(&net, &x, Some((100, 2)));
    assert_eq!(found, Error::DjDa { example: 100, entry: 2, value: f64::NEG_INFINITY });
    assert_eq!(found.to_string(), "∂J/∂a: example 100, entry 2 is -inf; it must be finite");
    assert_eq!(dj_dx, before);
    let (found, dj_dx) = error(&net, &x, Some((299, 0)));
    assert_eq!(found, Error::DjDa { example: 299, entry: 0, value: f64::NEG_INFINITY });
    assert!(dj_dx.as_flattened().iter().all(|entry| entry.is_nan()));

    let mut wrong = x.clone();
    wrong[290][3] = f64::NAN;
    let (found, dj_dx) = error(&net, &wrong, None);
    assert!(matches!(found, Error::Input { example: 290, entry: 3, .. }));
    assert_eq!(dj_dx, before);
    let mut broken = Net::<f64>::seeded(1);
    broken.theta2.weights[(4, 1)] = f64::INFINITY;
    let (found, dj_dx) = error(&broken, &x[..20], None);
    assert!(matches!(found, Error::Length { expected: 20, found: 300 }));
    assert_eq!(dj_dx, before);
    let (found, dj_dx) = error(&broken, &x, None);
    assert!(matches!(found, Error::Parameter { theta: 2, row: 4, column: 2, .. }));
    assert_eq!(dj_dx, before);

    let nothing = |_, _: &[[f64; 3]], _: &mut [[f64; 3]]| {};
    let found = net.gradient_from(&[], None, &none, &mut workspace, nothing).unwrap_err();
    assert_eq!(found, Error::NoExamples);
    let lambda = Regularization::article(-1.0);
    assert!(net.gradient_from(&x, None, &lambda, &mut workspace, nothing).is_err());
    let found = net.gradient_from(&wrong, None, &none, &mut workspace, nothing).unwrap_err();
    assert!(matches!(found, Error::Input { example: 290, entry: 3, .. }));
}

/// Finite numbers that overflow on the way are no error, and no example comes twice for them.
#[test]
fn what_overflows_is_asked_for_once() {
    let mut net = Net::<f64>::seeded(1);
    net.theta1.weights.fill(1e200);
    let (none, mut workspace) = (Regularization::none(), InsideWorkspace::boxed());
    let mut x = vec![[0.5; 5]; 300];
    x[200] = [1e200; 5];
    let mut asked = 0;
    let gradient = net.gradient_from(&x, None, &none, &mut workspace, |_, outputs, dj_da| {
        asked += outputs.len();
        dj_da.fill([1.0; 3]);
    });
    assert!(gradient.is_ok());
    assert_eq!(asked, 300);
}
