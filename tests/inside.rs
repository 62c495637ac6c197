//! A network inside a larger computation: ∂J/∂a⁽ᴸ⁾ from outside, ∂J/∂x going on.

mod common;
#[path = "inside/heads.rs"]
mod heads;

use common::agreement::on_every_set;
use common::config;
use constprop::check::{At, Check, Place, Whole};
use constprop::prelude::*;
use constprop::{DjDa, Error, Sample};
use proptest::prelude::*;
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
    /// Behind Θ⁽¹⁾ are some numbers of what is transposed with it, and not all.
    pub struct Narrowing(13 => 7 Tanh => 2 Identity) minimizing HalfSquaredError;
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
        as_the_cost::<Narrowing>(&[2]);
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

/// Any numbers from the caller, also none: a gradient, or an error that names what is there.
#[test]
fn any_number_from_outside_is_taken_or_named() {
    let (net, none) = (Net::<f64>::seeded(1), Regularization::none());
    let numbers = prop_oneof![
        8 => -2.0..2.0_f64,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE]),
    ];
    let numbers = prop::collection::vec(prop::collection::vec(numbers, 8), 1..4);
    proptest!(config(), |(rows in numbers)| {
        let x: Vec<[f64; 5]> = rows.iter().map(|row| std::array::from_fn(|i| row[i])).collect();
        let (mut workspace, mut dj_dx) = (InsideWorkspace::boxed(), vec![[7.0; 5]; x.len()]);
        let of_x = Some(&mut *dj_dx);
        let found = net.gradient_from(&x, of_x, &none, &mut workspace, |first, _, dj_da| {
            for (row, dj_da) in rows[first..].iter().zip(dj_da) {
                dj_da.copy_from_slice(&row[5..]);
            }
        });
        let wrong = |range: std::ops::Range<usize>| {
            let entries = rows.iter().enumerate().flat_map(|(example, row)| {
                row[range.clone()].iter().enumerate().map(move |(entry, x)| (example, entry, *x))
            });
            entries.into_iter().find(|(_, _, x)| !x.is_finite())
        };
        match (wrong(0..5), wrong(5..8), found) {
            (None, None, Ok(_)) => {}
            (Some(at), _, Err(Error::Input { example, entry, .. }))
            | (None, Some(at), Err(Error::DjDa { example, entry, .. })) => {
                prop_assert_eq!((example, entry), (at.0, at.1));
                prop_assert!(dj_dx.as_flattened().iter().all(|entry| *entry == 7.0));
            }
            (_, _, found) => prop_assert!(false, "{:?}", found.map(|_| ())),
        }
    });
}

network! {
    pub struct Encoder(3 => 4 Tanh => 2 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Critic(2 => 5 Tanh => 2 Softmax) minimizing HalfSquaredError;
}

network! {
    /// The two, one behind the other.
    pub struct Chained(3 => 4 Tanh => 2 Identity => 5 Tanh => 2 Softmax)
        minimizing HalfSquaredError;
}

#[test]
fn two_networks_are_one_deeper_network() {
    let (encoder, critic) = (Encoder::<f64>::seeded(1), Critic::<f64>::seeded(2));
    let parameters = [encoder.parameters(), critic.parameters()].concat();
    let mut chained = Chained::<f64>::zeros();
    chained.set_parameters(&parameters).unwrap();
    let (x, y) = (random::<[f64; 3]>(300, 1), random::<[f64; 2]>(300, 2));

    // One example at a time, to the bit.
    for (x, y) in x.iter().zip(&y).take(20) {
        let code = encoder.forward(x);
        let value = critic.forward(code.output());
        let dj_da = DjDa::from([value.a3[0] - y[0], value.a3[1] - y[1]]);
        let of_critic = critic.backward_from(&value, &dj_da);
        let of_encoder = encoder.backward_from(&code, &critic.dj_dx(&of_critic).of_output());
        let whole = chained.forward(x);
        let deltas = chained.backward(&whole, y);
        assert_eq!(value.a3.array(), whole.a5.array());
        assert_eq!(of_critic.delta2.array(), deltas.delta4.array());
        assert_eq!(of_encoder.delta3.array(), deltas.delta3.array());
        assert_eq!(of_encoder.delta2.array(), deltas.delta2.array());
        assert_eq!(encoder.dj_dx(&of_encoder), chained.dj_dx(&deltas));
    }

    // Many: ∂J/∂x of the one is ∂J/∂a of the other.
    let none = Regularization::none();
    let (mut code, mut dj_dcode) = (vec![[0.0; 2]; 300], vec![[0.0; 2]; 300]);
    encoder.predict_into(&x, &mut code).unwrap();
    let (mut of_critic, mut of_encoder) = (InsideWorkspace::boxed(), InsideWorkspace::boxed());
    let outer = |first: usize, outputs: &[[f64; 2]], dj_da: &mut [[f64; 2]]| {
        write_differences(&y[first..], outputs, dj_da);
    };
    let behind =
        critic.gradient_from(&code, Some(&mut dj_dcode), &none, &mut of_critic, outer).unwrap();
    let outer = |first: usize, _: &[[f64; 2]], dj_da: &mut [[f64; 2]]| {
        dj_da.copy_from_slice(&dj_dcode[first..first + dj_da.len()]);
    };
    let in_front = encoder.gradient_from(&x, None, &none, &mut of_encoder, outer).unwrap();
    let (_, whole) = chained.cost_and_gradient(&x, &y, &none).unwrap();
    let found = in_front.parameters().iter().chain(behind.parameters());
    for (found, expected) in found.zip(whole.parameters()) {
        assert!((found - expected).abs() <= 1e-15, "{found} is not {expected}");
    }
}

/// One error in what goes through a computation that is otherwise right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Slip {
    None,
    BiasRowKeptInDjDx,
    DjDxOfTheLastExampleForAll,
    DeltaForDjDa,
    SignOfAnAdvantage,
}

const X: [[f64; 3]; 3] = [[0.5, -0.3, 0.8], [-0.7, 0.2, 0.4], [0.1, 0.9, -0.6]];
const ADVANTAGES: [f64; 3] = [1.5, -0.5, 0.75];

/// Σ A_i v_i² of what the critic, twice in a loop, makes of the code; over any numbers.
fn j<V: Real>(at: &At<'_, V>) -> V {
    let mut sum = V::zero();
    for (x, advantage) in at.inputs[0].chunks(3).zip(ADVANTAGES) {
        let code = at.networks[0].predict(x);
        let once = at.networks[1].predict(&code);
        let twice = at.networks[1].predict(&once);
        let v = twice[0].clone();
        sum = sum + V::constant(advantage) * v.clone() * v;
    }
    sum
}

/// ∂J/∂Θ of both networks, and ∂J/∂x, by the lines of the article.
fn by_hand(
    (encoder, critic): (&Encoder, &Critic),
    slip: Slip,
) -> (Box<BigDeltas<Encoder>>, Box<BigDeltas<Critic>>, Vec<f64>) {
    let mut of_encoder = BigDeltas::<Encoder>::boxed();
    let mut of_critic = BigDeltas::<Critic>::boxed();
    let mut dj_dx = Vec::new();
    for (x, advantage) in X.iter().zip(ADVANTAGES) {
        let advantage = if slip == Slip::SignOfAnAdvantage { advantage.abs() } else { advantage };
        let code = encoder.forward(x);
        let once = critic.forward(code.output());
        let twice = critic.forward(once.output());
        let dj_da = DjDa::from([2.0 * advantage * twice.a3[0], 0.0]);
        let deltas = critic.backward_from(&twice, &dj_da);
        of_critic.accumulate(&twice, &deltas);
        let back = match slip {
            Slip::DeltaForDjDa => DjDa::from(*deltas.delta3.array()),
            _ => critic.dj_dx(&deltas).of_output(),
        };
        let deltas = critic.backward_from(&once, &back);
        of_critic.accumulate(&once, &deltas);
        let deltas = encoder.backward_from(&code, &critic.dj_dx(&deltas).of_output());
        of_encoder.accumulate(&code, &deltas);
        if slip == Slip::BiasRowKeptInDjDx {
            let with_bias = encoder.theta1.matrix::<4>().tr_mul(deltas.delta2.vector());
            dj_dx.extend_from_slice(&with_bias.as_slice()[..3]);
        } else {
            dj_dx.extend_from_slice(encoder.dj_dx(&deltas).array());
        }
    }
    if slip == Slip::DjDxOfTheLastExampleForAll {
        dj_dx = dj_dx[6..].repeat(3);
    }
    (of_encoder, of_critic, dj_dx)
}

#[test]
fn a_whole_computation_is_checked_and_planted_slips_are_caught() {
    let (encoder, critic) = (Encoder::<f64>::seeded(5), Critic::<f64>::seeded(6));
    let none = Regularization::none();
    let reports = |slip| {
        let (mut of_encoder, mut of_critic, dj_dx) = by_hand((&encoder, &critic), slip);
        let of_encoder = of_encoder.finish(&encoder, 1, &none);
        let of_critic = of_critic.finish(&critic, 1, &none);
        let whole = Whole::new()
            .network("encoder", &encoder, of_encoder)
            .network("critic", &critic, of_critic)
            .input("x", X.as_flattened(), &dj_dx);
        let exact = Check::exact().whole(&whole, j).unwrap();
        [exact, Check::richardson().whole(&whole, j).unwrap()]
    };
    for report in reports(Slip::None) {
        report.assert_correct();
        assert!(report.is_complete());
        let names: Vec<&str> = report.parts.iter().map(|part| &*part.name).collect();
        let thetas = ["encoder.theta1", "encoder.theta2", "critic.theta1", "critic.theta2"];
        assert_eq!(names, [&thetas[..], &["x"]].concat());
    }
    for slip in [
        Slip::BiasRowKeptInDjDx,
        Slip::DjDxOfTheLastExampleForAll,
        Slip::DeltaForDjDa,
        Slip::SignOfAnAdvantage,
    ] {
        for report in reports(slip) {
            assert!(report.is_wrong(), "{slip:?}\n{report}");
            let only_x =
                slip == Slip::BiasRowKeptInDjDx || slip == Slip::DjDxOfTheLastExampleForAll;
            let place = report.worst().unwrap().place;
            assert_eq!(matches!(place, Place::Input { name: "x", .. }), only_x, "{report}");
        }
    }
    let [exact, _] = reports(Slip::SignOfAnAdvantage);
    let text = exact.to_string();
    assert!(text.contains("critic: theta") || text.contains("encoder: theta"), "{text}");
    assert_eq!(exact.parts.iter().filter(|part| part.differ > 0).count(), 5, "{text}");
}

#[test]
fn what_is_wrong_with_a_whole_computation_is_named() {
    let (mut critic, gradient) = (Critic::<f64>::seeded(6), Gradient::zeros());
    let check = |whole: &Whole<'_>| Check::exact().whole(whole, |at| at.inputs[0][0]);
    assert_eq!(check(&Whole::new()).unwrap_err(), Error::NoExamples);
    let whole = Whole::new().input("x", &[1.0, 2.0], &[0.0]);
    assert_eq!(check(&whole).unwrap_err(), Error::Length { expected: 2, found: 1 });
    let whole = Whole::new().input("x", &[1.0, f64::INFINITY], &[0.0; 2]);
    assert!(matches!(check(&whole), Err(Error::Input { entry: 1, .. })));
    critic.theta2.bias[1] = f64::NAN;
    let whole = Whole::new().network("critic", &critic, &gradient);
    assert!(matches!(check(&whole), Err(Error::Parameter { theta: 2, row: 1, column: 0, .. })));
    assert!(format!("{whole:?}").contains("networks: [critic]"));
    // What is predicted of another number of entries is no number.
    let critic = Critic::<f64>::seeded(6);
    let whole = Whole::new().network("critic", &critic, &gradient);
    let report = Check::exact().whole(&whole, |at| at.networks[0].predict(&[])[0]).unwrap();
    assert!(!report.is_correct() && !report.is_wrong());
}
