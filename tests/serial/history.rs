//! What happened in a training.

use constprop::prelude::*;
use constprop::train::{Classifier, End, Fit, History, Regressor, mean_absolute_error};

use crate::{Tiny, cut_off, refused, returned, returns, to_json};

fn not_a_number(_: &[[f64; 1]], _: &[[f64; 1]]) -> f64 {
    f64::NAN
}

/// What is read predicts and trains as what was written.
#[test]
fn models_return() {
    let x: Vec<[f64; 2]> = (0..30).map(|i| [f64::from(i) / 30.0, 0.5]).collect();
    let y: Vec<[f64; 1]> = x.iter().map(|x| [x[0] * x[0]]).collect();
    let fit = || Fit::new().epochs(2).batch(10);
    let mut model = Regressor::<Tiny>::seeded(7).rate(0.01);
    model.fit_with(fit(), &x, &y).unwrap();
    cut_off(&model);
    let (expected, read) = (model.predict(&x).unwrap(), returned(&model));
    model.fit_with(fit().epochs(3), &x, &y).unwrap();
    for mut read in read {
        assert_eq!(read.predict(&x).unwrap(), expected);
        read.fit_with(fit().epochs(3), &x, &y).unwrap();
        assert_eq!(read.net(), model.net());
    }

    let model = Classifier::<Tiny>::of(Tiny::boxed());
    let net = r#""net":{"theta1":[[0.0,0.0,0.0],[0.0,0.0,0.0]],"theta2":[[0.0,0.0,0.0]]}"#;
    assert_eq!(to_json(&model), format!(r#"{{{net},"seed":0,"rate":null}}"#));
    for read in returned(&model) {
        assert_eq!(read.net(), model.net());
    }
    assert!(
        refused::<Classifier<Tiny>>(r#"{"net":{"theta1":[[1]]}}"#).starts_with("theta1: row 0")
    );
    assert_eq!(refused::<Classifier<Tiny>>(&format!("{{{net}}}")), "missing field `seed`");
    assert_eq!(
        refused::<Classifier<Tiny>>(&format!(r#"{{{net},"seed":-1}}"#))[..13],
        *"invalid value"
    );
    assert_eq!(
        refused::<Classifier<Tiny>>(&format!(r#"{{{net},"seed":0}}"#)),
        "missing field `rate`"
    );
}

fn history(validates: bool) -> History {
    let x: Vec<[f64; 2]> = (0..30).map(|i| [f64::from(i) / 30.0, 0.5]).collect();
    let y: Vec<[f64; 1]> = x.iter().map(|x| [x[0] * x[0]]).collect();
    let (mut net, mut descent) = (Tiny::seeded(1), GradientDescent::new(0.1).unwrap());
    let fit = Fit::new().epochs(3).metric("error", mean_absolute_error);
    let fit = if validates { fit.validation_split(0.5) } else { fit };
    fit.run(&mut net, &mut descent, &x, &y).unwrap()
}

#[test]
fn histories_return() {
    for validates in [false, true] {
        let history = history(validates);
        assert_eq!(history.epochs().len(), 3);
        assert!(history.metric("error", 3).is_some());
        returns(&history);
        cut_off(&history);
        for read in returned(&history) {
            assert_eq!(read.to_csv(), history.to_csv());
            assert_eq!(read.metric("error", 3), history.metric("error", 3));
        }
    }
    returns(&History::default());
}

#[test]
fn values_that_are_not_finite_return() {
    let (x, y) = (vec![[0.0, 1.0]; 4], vec![[1.0]; 4]);
    let (mut net, mut descent) = (Tiny::seeded(1), GradientDescent::new(0.1).unwrap());
    let fit = Fit::new().epochs(2).metric("nothing", not_a_number);
    let history = fit.run(&mut net, &mut descent, &x, &y).unwrap();
    assert!(to_json(&history).contains(r#""values":[["NaN",null],["NaN",null]]"#));
    for read in returned(&history) {
        assert_eq!(format!("{read:?}"), format!("{history:?}"));
    }
}

const JSON: &str = r#"{"epochs":[{"number":1,"rate":0.1,"j":"inf","validation_j":null},{"number":2,"rate":0.1,"j":0.5,"validation_j":0.25}],"names":["a"],"values":[[null,1.0],[0.5,null]],"best":2,"end":"early"}"#;

#[test]
fn how_it_looks() {
    let history: History = serde_json::from_str(JSON).unwrap();
    assert_eq!(to_json(&history), JSON);
    assert_eq!(history.epochs()[0].j, f64::INFINITY);
    assert_eq!(history.epochs()[1].validation_j, Some(0.25));
    assert_eq!([1, 2].map(|number| history.metric("a", number)), [Some(1.0), Some(0.5)]);
    assert_eq!((history.best(), history.end()), (Some(2), End::Early));
    returns(&history);
    for end in ["epochs", "early", "callback", "failure"] {
        returns(&serde_json::from_str::<End>(&format!("{end:?}")).unwrap());
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    for [from, to, expected] in [
        ["[0.5,null]", "", "trailing comma"],
        [
            ",[0.5,null]",
            "",
            "values has 1 entries; it must have 2, one for each metric of each epoch",
        ],
        [r#""best":2"#, r#""best":3"#, "best is epoch 3; there are 2, counted from 1"],
        [r#""best":2"#, r#""best":0"#, "best is epoch 0; there are 2, counted from 1"],
        [r#""number":2"#, r#""number":3"#, "epochs: entry 1 has the number 3; it must be 2"],
        [
            r#"["a"]"#,
            r#"["j"]"#,
            r#"metric "j": its name must be none of epoch, rate, j, and without validation_ in front"#,
        ],
        [r#""rate":0.1,"#, "", "missing field `rate`"],
        [
            "early",
            "late",
            "unknown variant `late`, expected one of `epochs`, `early`, `callback`, `failure`",
        ],
        [r#""best":2,"#, "", "missing field `best`"],
    ] {
        assert!(JSON.contains(from), "{from}");
        assert_eq!(refused::<History>(&JSON.replacen(from, to, 1)), expected);
    }
}
