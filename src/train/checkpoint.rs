//! Checkpoints: trainings that outlive their process (feature `checkpoint`).

mod file;
mod scaled;

use std::ops::Range;
use std::path::Path;

use nalgebra::ComplexField;

use super::FitError;
use super::alone::Alone;
use super::company::Company;
use super::course::{Course, State};
use super::fit::{Fit, Validation};
use super::history::{End, Epoch, History};
use crate::error::Error;
use crate::fast::registers::Float;
use crate::network::{FloatNetwork, Holds, InputOf, Network, TargetOf};
use crate::real::to_f64;
use crate::update::{Optimizer, Plateau};

pub use file::{CheckpointError, load, save};
pub use scaled::{Scaling, load_scaled, save_scaled};

use file::{Contents, signature};

impl<N: FloatNetwork> Fit<'_, N> {
    /// [`run`](Fit::run), saved behind every epoch: if there is a file at `path`, training goes on
    /// where it was when the file was written, else it begins.
    ///
    /// A process that is killed at any moment, and run again, ends with the bits that it would have
    /// had: parameters, the optimizer's state, schedule, plateau, shuffling and history. The file is
    /// written beside `path` first and then takes its place, so that there is always a whole one; what
    /// a process leaves that is killed in between, `path` with two numbers and `.new`, can be deleted.
    /// Mode, owner and links are kept, and other attributes lost, as by [`save`].
    ///
    /// Settings are the program's, and the file knows them: batch, seed, λ, schedule, plateau, clip,
    /// dropout, validation, metrics and those of the optimizer have to be what they were. So do
    /// examples, weights, callbacks and `augment`, of which it knows only how many there are, or
    /// that there are some.
    ///
    /// More epochs than before go on from the last one, and so does more patience. A training that
    /// has ended is not trained further, and gives its history again; where a callback ended it, the
    /// callbacks are asked again.
    ///
    /// The file is one of [safetensors](https://github.com/huggingface/safetensors): `theta1`,
    /// `theta2`, … of shape (s_l + 1) × s_{l+1}, row 0 the bias, can be read from Python, and by
    /// [`load`]. They are what training would give if it ended there: with early stopping, the best.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`]: a file that cannot be read or written, that is damaged, or that is of
    /// another network, optimizer or training, and what is wrong with it; net and optimizer are then
    /// as they were, and the file too. And what [`run`](Fit::run) refuses.
    ///
    /// Where a training fails that has begun, the [`FitError`] has the history, net and optimizer are
    /// what `run` says, and the file is that of the last epoch: with early stopping, of the same best
    /// network.
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::train::Fit;
    ///
    /// network! {
    ///     pub struct Tiny(1 => 4 Tanh => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// # let folder = std::env::temp_dir().join(format!("constprop-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// let path = folder.join("tiny.safetensors");
    /// let x: Vec<[f64; 1]> = (0..30).map(|i| [f64::from(i) / 30.0]).collect();
    /// let epochs = |n| {
    ///     let (mut net, mut adam) = (Tiny::seeded(1), Adam::new(AdamSettings::default())?);
    ///     Fit::new().epochs(n).run_resumable(&mut net, &mut adam, &x, &x, &path)
    /// };
    /// epochs(2)?;
    /// let history = epochs(5)?; // the third to the fifth
    /// assert_eq!(history.epochs().len(), 5);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_resumable(
        self,
        net: &mut dyn Holds<N>,
        optimizer: &mut dyn Optimizer<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        path: impl AsRef<Path>,
    ) -> Result<History, FitError<CheckpointError>> {
        let net = net.held_mut();
        // What is wrong with the call is said before anything is changed.
        let alone = Alone::new(&self, net, inputs, targets)?;
        self.resume_in(net, optimizer, alone, path.as_ref())
    }

    /// [`run_resumable`](Fit::run_resumable) by a company.
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(hidden)]
    pub fn resume_in<O: Optimizer<N> + ?Sized, C: Saves<N, O>>(
        self,
        net: &mut N,
        optimizer: &mut O,
        company: C,
        path: &Path,
    ) -> Result<History, FitError<CheckpointError>> {
        let mut words = self.words(optimizer, company.counts());
        let block = company.block();
        words.extend(block.map(|block| ("block", block.to_string())));
        let state = State::new(&self, optimizer.rate());
        let mut course = Course::new::<O>(self, company, state);
        let bytes = course.company.read(path, &mut || {
            Contents::can_write(path)?;
            file::read(path)
        })?;
        if let Some(bytes) = bytes {
            let contents = Contents::of_bytes(path, &bytes)?.of_network::<N>()?;
            for (name, word) in &words {
                contents.same_word(name, word)?;
            }
            if block.is_none() {
                contents.has_no_word("block")?;
            }
            let Course { state, company, .. } = &mut course;
            restore(&contents, state, net, optimizer, |numbers| company.own(numbers))?;
            course.judge_again::<O>(net);
        }
        course.run(net, optimizer, |company, net, optimizer, state| {
            let mut contents = Contents::new(&signature::<N>());
            for (name, word) in &words {
                contents.say(name, word);
            }
            company.gather(optimizer, &mut |name, numbers| {
                contents.put(&format!("optimizer.{name}"), numbers);
            });
            company.write(path, &mut || {
                keep(&mut contents, net, state);
                contents.write(path)
            })
        })
    }

    /// What has to be the same when a training goes on, by name: of so many examples, and so many that validate.
    #[doc(hidden)]
    #[must_use]
    pub fn words<O: Optimizer<N> + ?Sized>(
        &self,
        optimizer: &O,
        counts: [usize; 2],
    ) -> Vec<(&'static str, String)> {
        words(self, optimizer, counts)
    }
}

/// A [`Company`] whose training can be saved: one of it reads and writes the file.
#[doc(hidden)]
pub trait Saves<N: Network, O: ?Sized>: Company<N, O> {
    /// How many examples there are, and how many that validate were given.
    fn counts(&self) -> [usize; 2];

    /// How many examples make a block, if another number than ours.
    fn block(&self) -> Option<usize> {
        None
    }

    /// What `read` gives to whoever reads, for all.
    ///
    /// # Errors
    ///
    /// Its error.
    fn read(
        &mut self,
        path: &Path,
        read: &mut dyn FnMut() -> Result<Option<Vec<u8>>, CheckpointError>,
    ) -> Result<Option<Vec<u8>>, CheckpointError>;

    /// Shows all that an optimizer keeps to whoever writes.
    fn gather(&mut self, optimizer: &mut O, take: &mut dyn FnMut(&str, &[N::Scalar]));

    /// What `write` gives to whoever writes, for all.
    ///
    /// # Errors
    ///
    /// Its error.
    fn write(
        &mut self,
        path: &Path,
        write: &mut dyn FnMut() -> Result<(), CheckpointError>,
    ) -> Result<(), CheckpointError>;
}

impl<N: Network<Scalar: Float>, O: Optimizer<N> + ?Sized> Saves<N, O> for Alone<'_, '_, N> {
    fn counts(&self) -> [usize; 2] {
        self.counts()
    }

    fn read(
        &mut self,
        _: &Path,
        read: &mut dyn FnMut() -> Result<Option<Vec<u8>>, CheckpointError>,
    ) -> Result<Option<Vec<u8>>, CheckpointError> {
        read()
    }

    fn gather(&mut self, optimizer: &mut O, take: &mut dyn FnMut(&str, &[N::Scalar])) {
        optimizer.visit_state(&mut |name, numbers| take(name, numbers));
    }

    fn write(
        &mut self,
        _: &Path,
        write: &mut dyn FnMut() -> Result<(), CheckpointError>,
    ) -> Result<(), CheckpointError> {
        write()
    }
}

/// What has to be the same when a training goes on, by name.
fn words<N: Network<Scalar: Float>, O: Optimizer<N> + ?Sized>(
    fit: &Fit<'_, N>,
    optimizer: &O,
    [examples, validate]: [usize; 2],
) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    optimizer.visit_settings(&mut |name, value| settings.push((name, *value)));
    let validation = match &fit.validation {
        Validation::None => "none".to_owned(),
        Validation::Split(share) => format!("a share of {share}"),
        Validation::On(_, _, None) => format!("{validate} examples"),
        Validation::On(_, _, Some(_)) => format!("{validate} examples with weights"),
    };
    // What changes in a plateau is kept apart.
    let plateau = fit.plateau.map(|Plateau { factor, patience, cooldown, least, .. }| {
        format!("{factor} after {patience}, cooldown {cooldown}, down to {least}")
    });
    let dropout = fit.dropout.as_ref().map(|dropout| {
        let drops = dropout(0);
        let [a, b, c, d, ..] = drops.rng.get_seed();
        format!("{:?}, seeded to {a:02x}{b:02x}{c:02x}{d:02x}", drops.rates)
    });
    let weights = (fit.weights.is_some(), fit.class_weights);
    let best = fit.early.is_some_and(|early| early.restores_best);
    let names: Vec<_> = fit.metrics.iter().map(|metric| metric.0).collect();
    // Names in quotes: of those in a row nobody knows where one ends.
    vec![
        ("examples", examples.to_string()),
        ("batch", fit.batch.to_string()),
        ("seed", fit.seed.unwrap_or(0).to_string()),
        ("optimizer", format!("{settings:?}")),
        ("lambda", format!("{:?}", fit.regularization)),
        ("schedule", format!("{:?}", fit.schedule)),
        ("plateau", format!("{plateau:?}")),
        ("clip", format!("{:?}", fit.clip)),
        ("validation", validation),
        ("dropout", format!("{dropout:?}")),
        ("weights", format!("{weights:?}")),
        ("shuffle", fit.shuffle.to_string()),
        ("augment", fit.augment.is_some().to_string()),
        ("the best is kept", best.to_string()),
        ("metrics", format!("{names:?}")),
    ]
}

/// Everything but the optimizer's state.
#[allow(clippy::cast_precision_loss, reason = "epochs are far below 2⁵³")]
fn keep<N: Network<Scalar: Float>>(contents: &mut Contents, net: &N, state: &State<N>) {
    match (&state.best, state.history.best) {
        (Some(best), Some(_)) => {
            contents.put_network(&**best);
            contents.put(THETA, net.parameters());
        }
        _ => contents.put_network(net),
    }
    let history = &state.history;
    contents.put("course.epoch", &[state.epoch as f64]);
    contents.put("course.rate", &[to_f64(&state.rate)]);
    contents.put("course.best_j", &[state.best_j]);
    contents.put("course.since_progress", &[state.since_progress as f64]);
    contents.put("course.best_epoch", &[history.best.unwrap_or(0) as f64]);
    if let Some(plateau) = &state.plateau {
        contents.put("course.plateau", &plateau.state());
    }
    let end = match history.end {
        // A training that fails has no file of that.
        End::Epochs | End::Failure => 0.0,
        End::Early => 1.0,
        End::Callback => 2.0,
    };
    contents.put("history.end", &[end]);
    let epochs = history.epochs.iter().flat_map(|epoch| {
        let [is_there, j] = optional(epoch.validation_j);
        [epoch.rate, epoch.j, is_there, j]
    });
    contents.put("history.epochs", &epochs.collect::<Vec<f64>>());
    let values = history.values.iter().flatten().flat_map(|value| optional(*value));
    contents.put("history.values", &values.collect::<Vec<f64>>());
}

/// What the parameters that training goes on with are called, where those of the network are the best.
const THETA: &str = "course.theta";

/// Whether a number is there, and the number: it may be a NaN.
fn optional(value: Option<f64>) -> [f64; 2] {
    [f64::from(u8::from(value.is_some())), value.unwrap_or(0.0)]
}

/// What no training leaves in an optimizer's state: a second moment without a root, a power of β that grew.
fn cannot_be<T: Float>(name: &str, numbers: &[T]) -> Option<String> {
    let (most, must) = match name {
        "adam.v" | "adagrad.s" | "rmsprop.s" => (f64::INFINITY, "not be negative"),
        "adam.beta1_to_t" | "adam.beta2_to_t" => (1.0, "be from 0 to 1"),
        _ => return None,
    };
    let mut numbers = numbers.iter().map(to_f64).enumerate();
    let (entry, value) = numbers.find(|(_, value)| !(0.0..=most).contains(value))?;
    Some(format!("optimizer.{name}, entry {entry} is {value}; it must {must}"))
}

/// Everything, or nothing where something does not fit; of what an optimizer keeps for each parameter, what is kept
/// `own`.
fn restore<N: Network<Scalar: Float>, O: Optimizer<N> + ?Sized>(
    contents: &Contents,
    state: &mut State<N>,
    net: &mut N,
    optimizer: &mut O,
    own: impl Fn(usize) -> Range<usize>,
) -> Result<(), CheckpointError> {
    let mut theta = contents.network::<N>()?;
    let mut parts: Vec<Vec<N::Scalar>> = Vec::new();
    let mut wrong = None;
    // A state may have overflowed, as it does in a training that nobody has killed.
    optimizer.visit_state(&mut |name, part| match contents
        .numbers(&format!("optimizer.{name}"), &[part.len()])
    {
        Ok(numbers) => {
            wrong = wrong.take().or(cannot_be(name, &numbers).map(|what| contents.damaged(&what)));
            parts.push(numbers);
        }
        Err(error) => wrong = wrong.take().or(Some(error)),
    });
    if let Some(error) = wrong {
        return Err(error);
    }
    contents.has_no_more("the optimizer's state", "optimizer.", parts.len())?;
    let epochs = contents.whole("course.epoch")?;
    let rate: N::Scalar = nalgebra::convert(contents.number("course.rate")?);
    if !(ComplexField::is_finite(&rate) && rate > nalgebra::zero()) {
        return Err(contents.damaged("course.rate is no learning rate"));
    }
    let best_j = contents.number("course.best_j")?;
    let since_progress = contents.whole("course.since_progress")?;
    let best_epoch = contents.whole("course.best_epoch")?;
    if best_epoch > epochs {
        return Err(contents.damaged("course.best_epoch is beyond the last epoch"));
    }
    let best = match &state.best {
        Some(_) if best_epoch > 0 => {
            let now = contents.finite(THETA, theta.len())?;
            Some(core::mem::replace(&mut theta, now))
        }
        _ => None,
    };
    let plateau = match state.plateau {
        None => None,
        Some(mut plateau) => {
            let kept: Vec<f64> = contents.numbers("course.plateau", &[4])?;
            let [best, bad, cooling, current] = [kept[0], kept[1], kept[2], kept[3]];
            if !(current > 0.0 && current <= 1.0) {
                return Err(contents.damaged("course.plateau has no factor from 0 to 1"));
            }
            if best.is_nan() || [bad, cooling].iter().any(|n| n.fract() != 0.0 || *n < 0.0) {
                return Err(contents.damaged("course.plateau has counted something else"));
            }
            plateau.restore([best, bad, cooling, current]);
            Some(plateau)
        }
    };
    let names = state.history.names.len();
    let rows: Vec<f64> = contents.numbers("history.epochs", &[epochs.saturating_mul(4)])?;
    let values: Vec<f64> =
        contents.numbers("history.values", &[epochs.saturating_mul(4).saturating_mul(names)])?;
    let end = contents.whole("history.end")?;

    net.set_parameters(&theta)?;
    let mut parts = parts.into_iter();
    optimizer.visit_state(&mut |_, part| {
        if let Some(numbers) = parts.next() {
            let own = own(part.len());
            part[own.clone()].copy_from_slice(&numbers[own]);
        }
    });
    if let (Some(to), Some(best)) = (&mut state.best, best) {
        to.set_parameters(&best)?;
    }
    state.epoch = epochs;
    state.rate = rate;
    (state.best_j, state.since_progress, state.plateau) = (best_j, since_progress, plateau);
    let some = |pair: &[f64]| (pair[0] != 0.0).then_some(pair[1]);
    let history = &mut state.history;
    history.best = (best_epoch > 0).then_some(best_epoch);
    history.epochs.extend(rows.chunks_exact(4).enumerate().map(|(row, numbers)| Epoch {
        number: row + 1,
        rate: numbers[0],
        j: numbers[1],
        validation_j: some(&numbers[2..]),
    }));
    history.values.extend(values.chunks_exact(4).map(|both| [some(&both[..2]), some(&both[2..])]));
    history.end = match end {
        1 => End::Early,
        2 => End::Callback,
        _ => End::Epochs,
    };
    Ok(())
}

impl From<Error> for CheckpointError {
    fn from(error: Error) -> Self {
        Self::Training(error)
    }
}
