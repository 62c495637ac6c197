//! What is left of a training that fails: the history, and the best network.

use constprop::Error;
use constprop::prelude::*;
use constprop::train::{Classifier, Control, EarlyStopping, End, Fit, FitError, Regressor};

use crate::Line;

network! {
    pub struct Two(1 => 2 Identity) minimizing HalfSquaredError;
}

const X: [[f64; 1]; 2] = [[1.0], [-1.0]];
const Y: [[f64; 1]; 2] = [[1e-3], [-1e-3]];
/// No error falls at this rate, and many epochs pass until they overflow.
const TOO_FAST: f64 = 2.5;

fn patient() -> EarlyStopping {
    EarlyStopping::patience(10_000)
}

/// That training, with what `change` asks for; gives the network too.
fn diverges<'a>(
    change: impl FnOnce(Fit<'a, Line<f64>>) -> Fit<'a, Line<f64>>,
) -> (Line<f64>, FitError) {
    let mut net = Line::<f64>::zeros();
    let mut descent = GradientDescent::new(TOO_FAST).unwrap();
    let fit = change(Fit::new().epochs(2000).batch(2));
    let failure = fit.run(&mut net, &mut descent, &X, &Y).unwrap_err();
    assert_eq!(*descent.rate(), TOO_FAST);
    (net, failure)
}

fn j(net: &Line<f64>) -> f64 {
    net.cost(&X, &Y, &Regularization::none()).unwrap()
}

/// The best epoch's parameters, and every epoch that was over.
#[test]
fn a_training_that_diverges_goes_back_to_its_best() {
    let (net, failure) = diverges(|fit| fit.validation(&X, &Y).early_stopping(patient()));
    let Error::Diverged { epoch, batch: 0, .. } = failure.error else { panic!("{failure}") };
    let history = &failure.history;
    assert!(epoch > 800 && history.epochs().len() == epoch - 1, "{epoch}");
    assert_eq!((history.best(), history.end()), (Some(1), End::Failure));
    assert_eq!(history.epochs()[0].validation_j, Some(j(&net)));
    assert!(history.epochs().last().unwrap().validation_j.unwrap() > 1e250);
    assert_eq!(history.to_csv().lines().count(), epoch);
    // On the way to the best there was one step.
    let mut by_hand = Line::zeros();
    let (_, gradient) = by_hand.cost_and_gradient(&X, &Y, &Regularization::none()).unwrap();
    GradientDescent::new(TOO_FAST).unwrap().step(&mut by_hand, &gradient).unwrap();
    assert!(net == by_hand);
}

/// Where the last is kept, it is that of the last step that left finite numbers.
#[test]
fn a_training_that_diverges_keeps_its_last_if_told_so() {
    let (last, failure) = diverges(|fit| fit);
    assert_eq!(failure.history.best(), Some(1));
    assert!(j(&last).is_infinite() && last.check_parameters().is_ok());
    let (net, other) = diverges(|fit| fit.early_stopping(patient().keep_last()));
    assert!(net == last && other == failure);
}

/// There is no best in the first epoch: the parameters are those before the step that went wrong.
#[test]
fn a_training_that_diverges_at_once_has_no_best() {
    let mut net = Line::<f64>::zeros();
    let mut descent = GradientDescent::new(1e200).unwrap();
    let fit = Fit::new().epochs(5).batch(1).in_order().early_stopping(patient());
    let failure = fit.run(&mut net, &mut descent, &[[1.0]; 2], &[[1e-3]; 2]).unwrap_err();
    let Error::Diverged { epoch: 1, batch: 1, .. } = failure.error else { panic!("{failure}") };
    assert!(failure.history.epochs().is_empty() && failure.history.best().is_none());
    assert_eq!(failure.history.end(), End::Failure);
    assert_eq!(net.parameters(), [1e197, 1e197]);
}

#[cfg(feature = "rayon")]
#[test]
fn threads_go_back_to_the_best_too() {
    let stopping = |fit: Fit<'static, Line<f64>>| fit.early_stopping(patient());
    let (one, failure) = diverges(|fit| stopping(fit).threads(1).unwrap());
    let (two, other) = diverges(|fit| stopping(fit).threads(2).unwrap());
    assert!(matches!(failure.error, Error::Diverged { .. }) && failure.history.best() == Some(1));
    assert!(one == two && failure == other && j(&one).is_finite());
}

/// Whatever ends it: a rate that is none, an input that `augment` spoils.
#[test]
fn every_failure_keeps_what_there_was() {
    let asks = |fit: Fit<'static, Line<f64>>| {
        fit.early_stopping(patient()).on_epoch(|progress| match progress.epoch.number {
            7 => Control::Rate(-1.0),
            _ => Control::Continue,
        })
    };
    let (best, failure) = diverges(asks);
    assert!(matches!(failure.error, Error::Setting { name: "learning rate", .. }));
    assert_eq!((failure.history.epochs().len(), failure.history.best()), (7, Some(1)));
    assert_eq!(failure.history.end(), End::Failure);

    let mut seen = 0;
    let (net, failure) = diverges(|fit| {
        fit.early_stopping(patient()).augment(move |x: &mut [f64; 1], _| {
            seen += 1;
            x[0] = if seen == 12 { f64::NAN } else { x[0] };
        })
    });
    assert!(matches!(failure.error, Error::Input { .. }), "{failure}");
    assert_eq!(failure.history.epochs().len(), 5);
    assert!(net == best);

    // Before it has begun there is nothing, and the network is as it was.
    let (net, failure) = diverges(|fit| fit.batch(0));
    assert!(failure.history.epochs().is_empty() && net == Line::zeros());
}

/// An `Error` stays what it was: small, and copied. `?` makes one of a failure.
#[test]
fn an_error_is_small() {
    fn is_copied<T: Copy>() {}
    is_copied::<Error>();
    assert!(size_of::<Error>() <= 64 && size_of::<FitError>() <= 72);
    let fails = || -> Result<(), Error> {
        Fit::new().batch(0).run(&mut Line::zeros(), &mut GradientDescent::new(1.0)?, &X, &Y)?;
        Ok(())
    };
    assert!(matches!(fails(), Err(Error::Setting { name: "batch", .. })));
    let failure = diverges(|fit| fit.batch(0)).1;
    assert_eq!(failure.to_string(), failure.error.to_string());
    assert_eq!(messages(&failure), ["batch is 0; it must be at least 1"]);
}

/// A message, and those that it stems from.
fn messages(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}

/// A report that writes an error and what it stems from says nothing twice.
#[cfg(feature = "checkpoint")]
#[test]
fn no_error_says_its_message_twice() {
    use constprop::train::{CheckpointError, load, save};

    let folder = std::env::temp_dir().join(format!("constprop-said-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("net");
    let (mut net, mut descent) = (Line::<f64>::zeros(), GradientDescent::new(0.1).unwrap());
    let failure = Fit::new().batch(0).run_resumable(&mut net, &mut descent, &X, &Y, &path);
    let failure = failure.unwrap_err();
    assert_eq!(messages(&failure), ["batch is 0; it must be at least 1"]);
    assert_eq!(messages(&CheckpointError::from(failure)), ["batch is 0; it must be at least 1"]);
    let missing = load(&mut net, &path).unwrap_err();
    assert_eq!(messages(&missing).len(), 1, "{:?}", messages(&missing));
    let mut broken = net.clone();
    broken.theta1.bias[0] = f64::NAN;
    save(&broken, &path).unwrap();
    let number = load(&mut net, &path).unwrap_err();
    assert_eq!(messages(&number).len(), 1, "{:?}", messages(&number));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A model takes the best where that was asked for, and is as it was where it was not.
#[test]
fn a_model_takes_the_best_of_a_training_that_diverges() {
    let fit = || Fit::new().epochs(50).batch(2);
    let mut model = Regressor::<Line<f64>>::seeded(1).rate(1e155);
    let before = model.net().clone();
    let failure = model.fit_with(fit(), &X, &Y).unwrap_err();
    assert!(matches!(failure.error, Error::Diverged { .. }), "{failure}");
    assert!(!failure.history.epochs().is_empty() && failure.history.best().is_some());
    assert!(*model.net() == before);
    // Of a model's own habit the last is kept, so that it has no best to go back to.
    let failure = model.fit(&X, &Y).unwrap_err();
    assert!(matches!(failure.error, Error::Diverged { .. }), "{failure}");
    assert!(*model.net() == before);

    let failure = model.fit_with(fit().early_stopping(patient()), &X, &Y).unwrap_err();
    assert!(matches!(failure.error, Error::Diverged { .. }), "{failure}");
    let mut by_hand = Line::seeded(1);
    let settings = AdamSettings { rate: 1e155, ..AdamSettings::default() };
    let mut adam = Adam::new(settings).unwrap();
    let fit = fit().seed(1).early_stopping(patient());
    assert_eq!(fit.run(&mut by_hand, &mut adam, &X, &Y).unwrap_err(), failure);
    assert!(*model.net() == by_hand && by_hand != before);

    let mut classes = Classifier::<Two<f64>>::seeded(1).rate(1e155);
    let before = classes.net().parameters().to_vec();
    let early = Fit::new().epochs(50).early_stopping(patient());
    let failure = classes.fit_with(early, &X, &[0, 1]).unwrap_err();
    assert!(matches!(failure.error, Error::Diverged { .. }), "{failure}");
    assert!(failure.history.best().is_some() && classes.net().parameters() != before);
}
