//! Settings, λ, schedules and clipping.

use std::fmt::Debug;

use constprop::levenberg::{Damping, Solver};
use constprop::prelude::*;
use constprop::train::EarlyStopping;
use constprop::{Clip, Plateau, Schedule};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{cut_off, refused, returns, to_json};

/// Its text, and back from every format.
fn looks<V: Serialize + DeserializeOwned + Debug + PartialEq>(value: V, json: &str) {
    assert_eq!(to_json(&value), json);
    returns(&value);
    cut_off(&value);
}

#[test]
fn how_they_look() {
    looks(
        AdamSettings::<f32>::default(),
        r#"{"rate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-8}"#,
    );
    looks(AdagradSettings::<f64>::default(), r#"{"rate":0.01,"epsilon":1e-10}"#);
    looks(RmsPropSettings::<f64>::default(), r#"{"rate":0.01,"rho":0.99,"epsilon":1e-8}"#);
    let lambda = |scale, bias| format!(r#"{{"lambda":0.5,"scale":"{scale}","bias":"{bias}"}}"#);
    looks(Regularization::article(0.5), &lambda("article", "excluded"));
    looks(Regularization::coursera(0.5).with_bias(), &lambda("coursera", "included"));
    looks(Clip::norm(0.5_f32).unwrap(), r#"{"most":0.5,"of":"norm"}"#);
    looks(Clip::value(0.5).unwrap(), r#"{"most":0.5,"of":"value"}"#);
    looks(
        EarlyStopping::patience(3).least_progress(0.5).keep_last(),
        r#"{"patience":3,"least_progress":0.5,"restores_best":false}"#,
    );
    let course = |course| format!(r#"{{"course":{course},"warm_up":0.0}}"#);
    looks(Schedule::constant(), &course(r#""constant""#));
    looks(Schedule::step(2.0, 0.5).unwrap(), &course(r#"{"step":{"every":2.0,"factor":0.5}}"#));
    looks(Schedule::exponential(0.5).unwrap(), &course(r#"{"exponential":{"factor":0.5}}"#));
    looks(Schedule::inverse(0.5).unwrap(), &course(r#"{"inverse":{"decay":0.5}}"#));
    looks(
        Schedule::cosine(9.0).unwrap().down_to(0.1).unwrap(),
        &course(r#"{"cosine":{"length":9.0,"least":0.1}}"#),
    );
    looks(
        Schedule::one_cycle(9.0, 3.0).unwrap().with_warm_up(1.5).unwrap(),
        r#"{"course":{"one_cycle":{"length":9.0,"rise":3.0}},"warm_up":1.5}"#,
    );
    looks(
        Plateau::new(0.1, 2).unwrap().with_cooldown(3).down_to(0.01).unwrap(),
        r#"{"factor":0.1,"patience":2,"cooldown":3,"least":0.01,"best":"inf","bad":0,"cooling":0,"current":1.0}"#,
    );
    let solver = Solver::ConjugateGradients { products: 9, tolerance: 0.5 };
    looks(solver, r#"{"conjugate_gradients":{"products":9,"tolerance":0.5}}"#);
    looks(Solver::<f64>::Cholesky(Damping::Diagonal), r#"{"cholesky":"diagonal"}"#);
    returns(&LevenbergSettings::<f32>::default());
    cut_off(&LevenbergSettings::<f32>::default());
}

#[test]
fn a_plateau_goes_on() {
    let mut plateau = Plateau::new(0.1, 1).unwrap().with_cooldown(1);
    for j in [1.0, f64::NAN, 0.5, 0.5, 0.5, 0.5] {
        plateau.observe(j);
        returns(&plateau);
    }
    let mut read: Plateau = serde_json::from_str(&to_json(&plateau)).unwrap();
    for j in [0.5, 0.5, -0.1, 0.0, 0.0] {
        assert_eq!(read.observe(j), plateau.observe(j));
    }
}

/// Each with one thing changed in its text.
fn is_refused<V: Serialize + DeserializeOwned + Debug>(value: &V, cases: &[[&str; 3]]) {
    let text = to_json(value);
    for [from, to, expected] in cases {
        assert!(text.contains(from), "{from} in {text}");
        assert_eq!(&refused::<V>(&text.replacen(from, to, 1)), expected);
    }
}

#[test]
fn what_no_constructor_takes_is_refused_in_its_words() {
    is_refused(
        &AdamSettings::<f64>::default(),
        &[
            ["0.001", "0", "learning rate is 0; it must be finite and greater than 0"],
            ["0.001", r#""NaN""#, "learning rate is NaN; it must be finite and greater than 0"],
            ["0.001", "null", "invalid type: null, expected a number"],
            [r#""beta1":0.9,"#, "", "missing field `beta1`"],
            ["beta1", "beta2", "duplicate field `beta2`"],
            [
                "beta1",
                "beta3",
                "unknown field `beta3`, expected one of `rate`, `beta1`, `beta2`, `epsilon`",
            ],
        ],
    );
    is_refused(
        &AdamSettings::<f32>::default(),
        &[["0.001", "1e39", "1e39 is beyond the range of f32"]],
    );
    is_refused(
        &AdagradSettings::<f64>::default(),
        &[["0.01", "-1", "learning rate is -1; it must be finite and greater than 0"]],
    );
    is_refused(
        &RmsPropSettings::<f64>::default(),
        &[["0.99", "2", "rho is 2; it must be from 0 to below 1"]],
    );
    is_refused(
        &Regularization::coursera(0.5),
        &[
            ["0.5", "-0.5", "lambda is -0.5; it must be finite and not negative"],
            ["0.5", r#""inf""#, "lambda is inf; it must be finite and not negative"],
            ["coursera", "other", "unknown variant `other`, expected `article` or `coursera`"],
        ],
    );
    is_refused(
        &Clip::norm(0.5).unwrap(),
        &[["0.5", "0", "clip: norm is 0; it must be finite and greater than 0"]],
    );
    is_refused(
        &Clip::value(0.5).unwrap(),
        &[["0.5", r#""inf""#, "clip: value is inf; it must be finite and greater than 0"]],
    );
    is_refused(
        &EarlyStopping::patience(3),
        &[
            [
                "0.0",
                "-1",
                "early stopping: least progress is -1; it must be finite and not negative",
            ],
            ["3", "-3", "invalid value: integer `-3`, expected usize"],
        ],
    );
    is_refused(
        &Schedule::step(2.0, 0.5).unwrap(),
        &[
            ["2.0", "0", "schedule: every is 0; it must be finite and greater than 0"],
            ["0.5", "1.5", "schedule: factor is 1.5; it must be greater than 0 and at most 1"],
            [
                r#""warm_up":0.0"#,
                r#""warm_up":-1"#,
                "schedule: warm-up is -1; it must be finite and not negative",
            ],
            [r#","factor":0.5"#, "", "missing field `factor`"],
        ],
    );
    is_refused(
        &Schedule::exponential(0.5).unwrap(),
        &[["0.5", "0", "schedule: factor is 0; it must be greater than 0 and at most 1"]],
    );
    is_refused(
        &Schedule::inverse(0.5).unwrap(),
        &[["0.5", "-1", "schedule: decay is -1; it must be finite and not negative"]],
    );
    is_refused(
        &Schedule::cosine(9.0).unwrap(),
        &[
            ["9.0", r#""inf""#, "schedule: length is inf; it must be finite and greater than 0"],
            [
                r#""least":0.0"#,
                r#""least":2"#,
                "schedule: least factor is 2; it must be from 0 to 1",
            ],
        ],
    );
    is_refused(
        &Schedule::one_cycle(9.0, 3.0).unwrap(),
        &[["3.0", "9.0", "schedule: rise is 9; it must be greater than 0 and below the length"]],
    );
    is_refused(
        &Plateau::new(0.5, 2).unwrap(),
        &[
            [
                r#""factor":0.5"#,
                r#""factor":1"#,
                "plateau: factor is 1; it must be greater than 0 and below 1",
            ],
            [
                r#""least":0.0"#,
                r#""least":-1"#,
                "plateau: least factor is -1; it must be from 0 to 1",
            ],
            [
                r#""best":"inf""#,
                r#""best":"NaN""#,
                "plateau: best J is NaN; it must be finite, or infinity before the first",
            ],
            [
                r#""best":"inf""#,
                r#""best":"-inf""#,
                "plateau: best J is -inf; it must be finite, or infinity before the first",
            ],
            [
                r#""current":1.0"#,
                r#""current":0"#,
                "plateau: current factor is 0; it must be greater than 0 and at most 1",
            ],
        ],
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a constructor takes returns as it was.
    #[test]
    fn what_constructors_take_returns(
        (a, b, c) in (0.0..=1.0_f64, f64::MIN_POSITIVE..1.0, f64::MIN_POSITIVE..f64::MAX),
        patience in any::<usize>(),
    ) {
        returns(&AdamSettings { rate: c, beta1: b, beta2: a.min(b), epsilon: b });
        returns(&Regularization::article(c));
        returns(&Clip::norm(c).unwrap());
        returns(&Schedule::step(c, b).unwrap().with_warm_up(c).unwrap());
        returns(&Schedule::cosine(c).unwrap().down_to(a).unwrap());
        returns(&Schedule::one_cycle(c, c * b).unwrap_or_default());
        returns(&Plateau::new(b, patience).unwrap().down_to(a).unwrap().with_cooldown(patience));
        returns(&EarlyStopping::patience(patience).least_progress(c));
    }
}
