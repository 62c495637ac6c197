//! Optimizers: what is read goes on, bit for bit, as what was written.

use std::fmt::Debug;

use constprop::Learning;
use constprop::layer::{L1, L2};
use constprop::levenberg::{Damping, Solver};
use constprop::prelude::*;
use constprop::serial::Number;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Tiny, cut_off, refused, returned, returns, to_json};

fn examples<T: Number>() -> (Vec<[T; 2]>, Vec<[T; 1]>) {
    let number = |i: usize| nalgebra::convert::<f64, T>((i * 7 % 11) as f64 / 11.0 - 0.5);
    let x: Vec<[T; 2]> = (0..24).map(|i| [number(i), number(i + 3)]).collect();
    let y = (0..24).map(|i| [number(i * i)]).collect();
    (x, y)
}

fn train<T: Number, O: Optimizer<Tiny<T>>>(net: &mut Tiny<T>, optimizer: &mut O, steps: usize) {
    let ((x, y), mut workspace) = (examples::<T>(), Workspace::boxed());
    for step in 0..steps {
        // Two batches in turn, so that each step has another gradient.
        let (x, y) = (&x[step % 2 * 12..][..12], &y[step % 2 * 12..][..12]);
        optimizer.train(net, x, y, &Regularization::none(), &mut workspace).unwrap();
    }
}

fn goes_on<T: Number, O>(mut optimizer: O)
where
    O: Optimizer<Tiny<T>> + Serialize + DeserializeOwned + PartialEq + Debug,
{
    returns(&optimizer);
    let mut net = Tiny::<T>::seeded(5);
    train(&mut net, &mut optimizer, 5);
    returns(&optimizer);
    cut_off(&optimizer);
    let (written, before) = (returned(&optimizer), net.boxed_clone());
    train(&mut net, &mut optimizer, 7);
    assert_ne!(net.parameters(), before.parameters());
    // As text, which tells 0 from −0.
    let expected = format!("{net:?} {optimizer:?}");
    for mut optimizer in written {
        let mut net = before.boxed_clone();
        train(&mut net, &mut optimizer, 7);
        assert_eq!(format!("{net:?} {optimizer:?}"), expected);
    }
}

fn all_go_on<T: Number + Serialize + DeserializeOwned>() {
    let number = nalgebra::convert::<f64, T>;
    let adam = || AdamSettings { rate: number(0.01), ..AdamSettings::default() };
    goes_on(GradientDescent::new(number(0.1)).unwrap());
    goes_on(Momentum::<Tiny<T>>::new(number(0.1), number(0.9)).unwrap());
    goes_on(Momentum::<Tiny<T>>::new(number(0.1), number(0.9)).unwrap().nesterov());
    goes_on(Adagrad::<Tiny<T>>::new(AdagradSettings::default()).unwrap());
    goes_on(RmsProp::<Tiny<T>>::new(RmsPropSettings::default()).unwrap());
    goes_on(Adam::<Tiny<T>>::new(adam()).unwrap());
    goes_on(AdamW::<Tiny<T>>::new(adam(), number(0.1)).unwrap());
    let learning = || Learning::<Tiny<T>>::all().freeze::<L1>().rate::<L2>(number(0.3)).unwrap();
    goes_on(learning().by(GradientDescent::new(number(0.1)).unwrap()));
    goes_on(learning().by(AdamW::<Tiny<T>>::new(adam(), number(0.1)).unwrap()));
    goes_on(Momentum::<Tiny<T>>::boxed(number(0.1), number(0.9)).unwrap());
    goes_on(Adagrad::<Tiny<T>>::boxed(AdagradSettings::default()).unwrap());
    goes_on(RmsProp::<Tiny<T>>::boxed(RmsPropSettings::default()).unwrap());
    goes_on(Adam::<Tiny<T>>::boxed(adam()).unwrap());
    goes_on(AdamW::<Tiny<T>>::boxed(adam(), number(0.1)).unwrap());
}

#[test]
fn a_training_that_was_written_goes_on() {
    all_go_on::<f32>();
    all_go_on::<f64>();
}

#[test]
fn levenberg_marquardt_goes_on() {
    let solvers = [
        Solver::Cholesky(Damping::Identity),
        Solver::Cholesky(Damping::Diagonal),
        Solver::ConjugateGradients { products: 20, tolerance: 0.1 },
    ];
    let ((x, y), none) = (examples::<f64>(), Regularization::none());
    for solver in solvers {
        let mut lm =
            LevenbergMarquardt::new(LevenbergSettings { solver, ..Default::default() }).unwrap();
        returns(&lm);
        let mut net = Tiny::<f64>::seeded(5);
        lm.minimize(&mut net, &x, &y, &none, 2).unwrap();
        assert!(lm.mu().is_some());
        cut_off(&lm);
        let (written, before) = (returned(&lm), net.clone());
        let expected = lm.minimize(&mut net, &x, &y, &none, 3).unwrap();
        assert_eq!(expected.steps, 3);
        for mut resumed in written {
            let mut other = before.clone();
            assert_eq!(resumed.minimize(&mut other, &x, &y, &none, 3).unwrap(), expected);
            assert_eq!(other, net);
            assert_eq!(resumed, lm);
        }
    }
}

/// As in a training that nobody has written: what has overflowed goes on as what it is.
#[test]
fn state_that_has_overflowed_returns() {
    let mut adam = Adam::<Tiny<f32>>::new(AdamSettings::default()).unwrap();
    adam.visit_state(&mut |name, part| match name {
        "adam.m" => part.copy_from_slice(&[f32::NAN, -0.0, 1.0, -1.0, 2.0, 0.5, 0.25, 3.0, 4.0]),
        "adam.v" => {
            part.copy_from_slice(&[f32::INFINITY, f32::MAX, 0.0, 1.0, 2.0, 0.5, 3.0, 4.0, 5.0])
        }
        _ => {}
    });
    for returned in returned(&adam) {
        assert_eq!(format!("{returned:?}"), format!("{adam:?}"));
    }
}

/// What a root is taken of is refused by its entry, where it is written and where it is read.
#[test]
fn second_moments_that_cannot_be() {
    fn refuses<O: Optimizer<Tiny> + Serialize + DeserializeOwned + Debug>(mut optimizer: O) {
        let (text, entry) = (to_json(&optimizer), "theta1, row 1, column 0");
        let wrong = |value: &dyn std::fmt::Display| {
            format!("second moment of {entry} is {value}; it must not be negative")
        };
        // That of all which is written last.
        let at = text.rfind("[0.0,0.0,0.0],[").unwrap() + "[0.0,0.0,0.0],[".len();
        for (value, word) in [(-1e-300, "-1e-300"), (f64::NAN, r#""NaN""#)] {
            let wrong = wrong(&value);
            assert_eq!(refused::<O>(&format!("{}{word}{}", &text[..at], &text[at + 3..])), wrong);
            optimizer.visit_state(&mut |name, part| match name {
                "adam.v" | "adagrad.s" | "rmsprop.s" => part[1] = value,
                _ => {}
            });
            assert_eq!(serde_json::to_string(&optimizer).unwrap_err().to_string(), wrong);
        }
    }
    refuses(Adagrad::<Tiny>::new(AdagradSettings::default()).unwrap());
    refuses(RmsProp::<Tiny>::boxed(RmsPropSettings::default()).unwrap());
    refuses(Adam::<Tiny>::new(AdamSettings::default()).unwrap());
    refuses(AdamW::<Tiny>::boxed(AdamSettings::default(), 0.5).unwrap());
}

#[test]
fn how_they_look() {
    let adam = Adam::<Tiny>::new(AdamSettings::default()).unwrap();
    let zeros = r#"{"theta1":[[0.0,0.0,0.0],[0.0,0.0,0.0]],"theta2":[[0.0,0.0,0.0]]}"#;
    let settings = r#"{"rate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-8}"#;
    let expected = format!(
        r#"{{"settings":{settings},"m":{zeros},"v":{zeros},"beta1_to_t":1.0,"beta2_to_t":1.0}}"#
    );
    assert_eq!(to_json(&adam), expected);
    let adam_w = AdamW::<Tiny>::new(AdamSettings::default(), 0.5).unwrap();
    assert_eq!(to_json(&adam_w), format!(r#"{{"adam":{expected},"decay":0.5}}"#));
    let momentum = Momentum::<Tiny>::new(0.1, 0.9).unwrap().nesterov();
    let expected = format!(r#"{{"rate":0.1,"beta":0.9,"nesterov":true,"v":{zeros}}}"#);
    assert_eq!(to_json(&momentum), expected);
    assert_eq!(to_json(&GradientDescent::new(0.1).unwrap()), r#"{"rate":0.1}"#);
    let learning = Learning::<Tiny>::all().freeze::<L1>().rate::<L2>(0.25).unwrap();
    let expected = r#"{"learning":[null,0.25],"optimizer":{"rate":0.1}}"#;
    assert_eq!(to_json(&learning.by(GradientDescent::new(0.1).unwrap())), expected);
    let lm = LevenbergMarquardt::<Tiny>::new(LevenbergSettings::default()).unwrap();
    assert!(to_json(&lm).ends_with(r#","mu":null,"nu":2.0,"scales":[]}"#));
}

/// Each with one thing changed in its text.
fn is_refused<O: Serialize + DeserializeOwned + Debug>(optimizer: &O, cases: &[[&str; 3]]) {
    let text = to_json(optimizer);
    for [from, to, expected] in cases {
        assert!(text.contains(from), "{from} in {text}");
        assert_eq!(&refused::<O>(&text.replacen(from, to, 1)), expected);
    }
}

#[test]
fn what_no_constructor_takes_is_refused_in_its_words() {
    let rate = "learning rate is 0; it must be finite and greater than 0";
    is_refused(
        &GradientDescent::new(0.5).unwrap(),
        &[
            ["0.5", "0", rate],
            ["0.5", r#""inf""#, "learning rate is inf; it must be finite and greater than 0"],
            [r#""rate":0.5"#, "", "missing field `rate`"],
            ["}", r#","rate":1}"#, "duplicate field `rate`"],
            ["}", r#","beta":1}"#, "unknown field `beta`, expected `rate`"],
        ],
    );
    is_refused(
        &Momentum::<Tiny>::new(0.5, 0.9).unwrap(),
        &[
            ["0.5", "0.0", rate],
            ["0.9", "1.0", "beta is 1; it must be from 0 to below 1"],
            ["false", "0", "invalid type: integer `0`, expected a boolean"],
            [r#""theta2":[[0.0,"#, r#""theta2":[["#, "theta2: row 0 has 2 entries; it must have 3"],
            [
                r#""nesterov""#,
                r#""ahead""#,
                "unknown field `ahead`, expected one of `rate`, `beta`, `nesterov`, `v`",
            ],
        ],
    );
    is_refused(
        &Adam::<Tiny>::new(AdamSettings::default()).unwrap(),
        &[
            ["0.001", "-0.0", "learning rate is -0; it must be finite and greater than 0"],
            ["0.9", "-0.1", "beta1 is -0.1; it must be from 0 to below 1"],
            ["0.999", "1", "beta2 is 1; it must be from 0 to below 1"],
            ["1e-8", "0", "epsilon is 0; it must be finite and greater than 0"],
            [
                r#""beta1_to_t":1.0"#,
                r#""beta1_to_t":1.5"#,
                "beta1_to_t is 1.5; it must be from 0 to 1",
            ],
            [
                r#""beta2_to_t":1.0"#,
                r#""beta2_to_t":"NaN""#,
                "beta2_to_t is NaN; it must be from 0 to 1",
            ],
            [r#","beta2_to_t":1.0"#, "", "missing field `beta2_to_t`"],
        ],
    );
    is_refused(
        &AdamW::<Tiny>::new(AdamSettings::default(), 0.5).unwrap(),
        &[
            [
                r#""decay":0.5"#,
                r#""decay":-0.5"#,
                "weight decay is -0.5; it must be finite and not negative",
            ],
            ["0.001", "0", rate],
        ],
    );
    let rates = "2 rates or none, one for each theta of Tiny";
    is_refused(
        &Learning::<Tiny>::all().freeze::<L1>().by(GradientDescent::new(0.5).unwrap()),
        &[
            ["1.0", "0.0", "rate of a layer is 0; it must be finite and greater than 0"],
            ["1.0", r#""inf""#, "rate of a layer is inf; it must be finite and greater than 0"],
            ["null,", "", &format!("invalid length 1, expected {rates}")],
            ["null", "null,null", &format!("invalid length 3, expected {rates}")],
            ["[null,1.0]", "{}", &format!("invalid type: map, expected {rates}")],
            ["0.5", "0", rate],
        ],
    );
    is_refused(
        &RmsProp::<Tiny>::new(RmsPropSettings::default()).unwrap(),
        &[["0.99", "1.0", "rho is 1; it must be from 0 to below 1"]],
    );
    is_refused(
        &Adagrad::<Tiny>::new(AdagradSettings::default()).unwrap(),
        &[["1e-10", "0", "epsilon is 0; it must be finite and greater than 0"]],
    );
    is_refused(
        &LevenbergMarquardt::<Tiny>::new(LevenbergSettings::default()).unwrap(),
        &[
            [r#""mu":null"#, r#""mu":-1"#, "mu is -1; it must be finite and not negative"],
            [r#""nu":2.0"#, r#""nu":1"#, "nu is 1; it must be finite and greater than 1"],
            ["[]", r#"[1,"NaN"]"#, "a scale is NaN; it must be finite and not negative"],
            ["[]", "[1,1]", "2 entries where 9 are needed"],
            [
                r#""initial_mu":0.001"#,
                r#""initial_mu":-1"#,
                "initial mu is -1; it must be finite and not negative",
            ],
            [
                r#"{"cholesky":"identity"}"#,
                r#"{"conjugate_gradients":{"products":0,"tolerance":0.1}}"#,
                "products is 0; it must be at least 1",
            ],
            [
                r#"{"cholesky":"identity"}"#,
                r#"{"cholesky":"none"}"#,
                "unknown variant `none`, expected `identity` or `diagonal`",
            ],
        ],
    );
}
