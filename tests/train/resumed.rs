//! Trainings with a file: what they go on with, and what is left of one that fails.

use std::fs;
use std::path::PathBuf;

use constprop::prelude::*;
use constprop::train::{CheckpointError, Control, EarlyStopping, End, Fit, History, load, r2};
use constprop::{Error, Plateau};

use crate::Line;

const X: [[f64; 1]; 4] = [[1.0], [-1.0], [0.5], [2.0]];
const Y: [[f64; 1]; 4] = [[2.0], [-1.5], [1.0], [3.0]];

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("constprop-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("training.safetensors")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A training that is asked for so many epochs one after the other, and is resumed each time.
fn in_parts(
    name: &str,
    parts: &[usize],
    change: impl Fn(Fit<'static, Line<f64>>) -> Fit<'static, Line<f64>>,
) -> (Line<f64>, History) {
    let folder = Folder::new(name);
    let mut last = None;
    for &epochs in parts {
        let (mut net, mut descent) = (Line::seeded(1), GradientDescent::new(0.01).unwrap());
        let fit = change(Fit::new().epochs(epochs).batch(3));
        let history = fit.run_resumable(&mut net, &mut descent, &X, &Y, folder.file()).unwrap();
        assert_eq!(*descent.rate(), 0.01);
        last = Some((net, history));
    }
    last.unwrap()
}

/// The rate that a callback asked for is that of the training from there on, also of one that is
/// resumed; so are plateau, progress and best.
#[test]
fn what_is_resumed_goes_on_at_its_rate() {
    let asks = |fit: Fit<'static, Line<f64>>| {
        fit.on_epoch(|progress| match progress.epoch.number {
            2 => Control::Rate(0.04),
            _ => Control::Continue,
        })
    };
    let (net, history) = in_parts("rate", &[1, 2, 3, 6], asks);
    let rates: Vec<f64> = history.epochs().iter().map(|epoch| epoch.rate).collect();
    assert_eq!(rates, [0.01, 0.01, 0.04, 0.04, 0.04, 0.04]);
    let (expected, whole) = in_parts("rate-whole", &[6], asks);
    assert!(net == expected && history == whole);

    let all = |fit: Fit<'static, Line<f64>>| {
        let early = EarlyStopping::patience(4).least_progress(0.02);
        asks(fit.early_stopping(early).reduce_on_plateau(Plateau::new(0.5, 1).unwrap()))
    };
    let (expected, whole) = in_parts("all-whole", &[200], all);
    let epochs = whole.epochs().len();
    assert!(whole.end() == End::Early && epochs > 8, "{epochs}");
    let parts: Vec<usize> = (1..=epochs + 1).collect();
    let (net, history) = in_parts("all", &parts, all);
    assert!(net == expected && history == whole);
}

/// The history of what failed, the best network, and a file of the last epoch.
#[test]
fn a_training_with_a_file_that_diverges_goes_back_to_its_best() {
    let folder = Folder::new("diverges");
    let run = |epochs: usize| {
        let (mut net, mut descent) = (Line::<f64>::zeros(), GradientDescent::new(30.0).unwrap());
        let fit = Fit::new().epochs(epochs).early_stopping(EarlyStopping::patience(10_000));
        let result = fit.run_resumable(&mut net, &mut descent, &X, &Y, folder.file());
        (net, result)
    };
    let (net, result) = run(3000);
    let failure = result.unwrap_err();
    let CheckpointError::Training(Error::Diverged { epoch, .. }) = failure.error else {
        panic!("{failure}")
    };
    assert!(epoch > 3);
    let history = failure.history;
    assert_eq!((history.epochs().len(), history.end()), (epoch - 1, End::Failure));
    assert_eq!(history.best(), Some(1));
    let j = net.cost(&X, &Y, &Regularization::none()).unwrap();
    assert!(j < 1e6, "{j}");
    let mut loaded = Line::<f64>::zeros();
    load(&mut loaded, folder.file()).unwrap();
    assert!(loaded == net);
    // The file has all epochs, and a training that has not failed.
    let (again, result) = run(epoch - 1);
    let whole = result.unwrap();
    assert!(again == net && whole.epochs() == history.epochs());
    assert_eq!(whole.end(), End::Epochs);
}

/// A callback that asks for what is no rate: the file is that of the epoch behind which it asked, as
/// the network is.
#[test]
fn a_rate_that_is_none_ends_a_training_behind_its_file() {
    for early in [Some(EarlyStopping::patience(9)), None] {
        let folder = Folder::new("no-rate");
        let run = |epochs: usize, asked: f64| {
            let (mut net, mut descent) = (Line::<f64>::zeros(), GradientDescent::new(0.1).unwrap());
            let mut fit = Fit::new().epochs(epochs).on_epoch(move |progress| {
                if progress.epoch.number == 3 { Control::Rate(asked) } else { Control::Continue }
            });
            if let Some(early) = early {
                fit = fit.early_stopping(early);
            }
            let result = fit.run_resumable(&mut net, &mut descent, &X, &Y, folder.file());
            (net, result)
        };
        let (net, result) = run(9, -1.0);
        let failure = result.unwrap_err();
        let error = &failure.error;
        assert!(
            matches!(
                error,
                CheckpointError::Training(Error::Setting { name: "learning rate", .. })
            ),
            "{error}"
        );
        let history = failure.history;
        assert_eq!((history.epochs().len(), history.best()), (3, Some(3)));
        let mut loaded = Line::<f64>::zeros();
        load(&mut loaded, folder.file()).unwrap();
        assert!(loaded == net);
        // All three are over, and the rate is still the one before.
        let (again, result) = run(3, 0.2);
        assert!(again == net && result.unwrap().epochs() == history.epochs());
        let (_, result) = run(4, 0.2);
        let rates: Vec<f64> = result.unwrap().epochs().iter().map(|epoch| epoch.rate).collect();
        assert_eq!(rates, [0.1; 4]);
    }
}

/// Names of metrics that only look alike when they stand in a row are not the same.
#[test]
fn metrics_in_a_file_are_told_apart() {
    let folder = Folder::new("names");
    let run = |names: [&'static str; 2]| {
        let (mut net, mut descent) = (Line::<f64>::zeros(), GradientDescent::new(0.1).unwrap());
        let fit = names.into_iter().fold(Fit::new().epochs(2), |fit, name| fit.metric(name, r2));
        fit.run_resumable(&mut net, &mut descent, &X, &Y, folder.file())
    };
    run(["a, b", "c"]).unwrap();
    let error = run(["a", "b, c"]).unwrap_err().to_string();
    let expected = r#"metrics is ["a, b", "c"]; it must be ["a", "b, c"]"#;
    assert!(error.ends_with(expected), "{error}");
}

/// Nor is the history lost where a file cannot be written any more.
#[test]
fn a_training_without_room_for_its_file_keeps_its_history() {
    let folder = Folder::new("gone");
    let (mut net, mut descent) = (Line::<f64>::zeros(), GradientDescent::new(0.1).unwrap());
    let fit = Fit::new().epochs(9).on_epoch(|progress| {
        if progress.epoch.number == 4 {
            fs::remove_dir_all(&folder.0).unwrap();
        }
        Control::Continue
    });
    let failure = fit.run_resumable(&mut net, &mut descent, &X, &Y, folder.file()).unwrap_err();
    assert!(matches!(failure.error, CheckpointError::File { .. }), "{failure}");
    assert_eq!((failure.history.epochs().len(), failure.history.end()), (4, End::Failure));
    let error: CheckpointError = failure.into();
    assert!(matches!(error, CheckpointError::File { .. }));
}

/// Whether what validates has weights is a setting that the file knows.
#[test]
fn weights_of_validation_are_a_setting() {
    let folder = Folder::new("weighted");
    let run = |weights: Option<&[f64]>| {
        let (mut net, mut descent) = (Line::<f64>::zeros(), GradientDescent::new(0.1).unwrap());
        let fit = Fit::new().epochs(2);
        let fit = match weights {
            None => fit.validation(&X, &Y),
            Some(weights) => fit.validation_weighted(&X, &Y, weights),
        };
        fit.run_resumable(&mut net, &mut descent, &X, &Y, folder.file())
    };
    run(None).unwrap();
    let text = run(Some(&[1.0; 4])).unwrap_err().to_string();
    assert!(
        text.ends_with("validation is 4 examples; it must be 4 examples with weights"),
        "{text}"
    );
}
