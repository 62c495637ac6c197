//! Checkpoints: trainings that outlive their process (feature `checkpoint`).

mod file;

use std::path::Path;

use super::course::{Course, State};
use super::fit::Fit;
use super::history::{End, Epoch, History};
use crate::error::Error;
use crate::network::Network;
use crate::simd::Float;
use crate::update::Optimizer;

pub use file::{CheckpointError, load, save};

use file::{Contents, signature};

impl<N: Network<Scalar: Float>> Fit<'_, N> {
    /// [`run`](Fit::run), saved behind every epoch: if there is a file at `path`, training goes on
    /// where it was when the file was written, else it begins.
    ///
    /// A process that is killed at any moment, and run again, ends with the bits that it would have
    /// had: parameters, the optimizer's state, schedule, plateau, shuffling and history. The file is
    /// written beside `path` first and then takes its place, so that there is always a whole one.
    /// Settings are the program's: examples, λ, schedule, metrics and the optimizer's have to be the
    /// same as before; more epochs than before go on from the last one. A training that has ended is
    /// not trained further, and gives its history again.
    ///
    /// The file is one of [safetensors](https://github.com/huggingface/safetensors): `theta1`,
    /// `theta2`, … of shape (s_l + 1) × s_{l+1}, row 0 the bias, can be read from Python.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`]: a file that cannot be read or written, that is damaged, or that is of
    /// another network, optimizer or training, and what is wrong with it; net and optimizer are then
    /// as they were, and the file too. And what [`run`](Fit::run) refuses.
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
    pub fn run_resumable<O: Optimizer<N> + ?Sized>(
        self,
        net: &mut N,
        optimizer: &mut O,
        inputs: &[N::Input],
        targets: &[N::Target],
        path: impl AsRef<Path>,
    ) -> Result<History, CheckpointError> {
        let path = path.as_ref();
        let (seed, batch) = (self.seed, self.batch);
        let course = format!("{} examples, batch {batch}, seed {seed}", inputs.len());
        let state = State::new(&self, optimizer.rate());
        // What is wrong with the call is said before anything is changed.
        let mut course_of = Course::new(self, net, inputs, targets, state)?;
        if let Some(contents) = Contents::read(path)? {
            let contents = contents.expecting(&signature::<N>(), &course)?;
            restore(&contents, &mut course_of.state, net, optimizer)?;
            course_of.begin_with(net);
        }
        course_of.run(net, optimizer, |net, optimizer, state| {
            let mut contents = Contents::new(&signature::<N>(), &course);
            contents.put_network(net);
            keep(&mut contents, state, optimizer);
            contents.write(path)
        })
    }
}

/// The names of what a course keeps beside network and optimizer.
const NUMBERS: [&str; 9] = [
    "epoch",
    "rate",
    "best_j",
    "since_best",
    "best_epoch",
    "plateau.best",
    "plateau.bad",
    "plateau.cooling",
    "plateau.current",
];

/// Everything but the network.
#[allow(clippy::cast_precision_loss, reason = "epochs are far below 2⁵³")]
fn keep<N: Network<Scalar: Float>, O: Optimizer<N> + ?Sized>(
    contents: &mut Contents,
    state: &State<N>,
    optimizer: &mut O,
) {
    optimizer.visit_state(&mut |name, part| contents.put(&format!("optimizer.{name}"), part));
    if let Some(best) = &state.best {
        contents.put("best", best.parameters());
    }
    let plateau = state.plateau.map_or([0.0; 4], |plateau| plateau.state());
    let best_epoch = state.history.best.map_or(0.0, |number| number as f64);
    let numbers = [
        state.epoch as f64,
        crate::real::to_f64(&state.rate),
        state.best_j,
        state.since_best as f64,
        best_epoch,
    ];
    contents.put("course", &[&numbers[..], &plateau[..]].concat());
    let history = &state.history;
    let end = match history.end {
        End::Epochs => 0.0,
        End::Early => 1.0,
        End::Callback => 2.0,
    };
    let rows = history
        .epochs
        .iter()
        .flat_map(|epoch| [epoch.rate, epoch.j, epoch.validation_j.unwrap_or(f64::NAN)]);
    contents.put("history.epochs", &rows.collect::<Vec<f64>>());
    let values = history.values.iter().flatten().map(|value| value.unwrap_or(f64::NAN));
    contents.put("history.metrics", &values.collect::<Vec<f64>>());
    contents.put("history.end", &[end]);
}

/// Everything, or nothing where something does not fit.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as they were kept")]
fn restore<N: Network<Scalar: Float>, O: Optimizer<N> + ?Sized>(
    contents: &Contents,
    state: &mut State<N>,
    net: &mut N,
    optimizer: &mut O,
) -> Result<(), CheckpointError> {
    let theta = contents.network::<N>()?;
    let mut parts: Vec<Vec<N::Scalar>> = Vec::new();
    let mut wrong = None;
    optimizer.visit_state(&mut |name, part| match contents
        .numbers(&format!("optimizer.{name}"), part.len())
    {
        Ok(numbers) => parts.push(numbers),
        Err(error) => wrong = wrong.take().or(Some(error)),
    });
    if let Some(error) = wrong {
        return Err(error);
    }
    contents.has_no_more("optimizer.", parts.len())?;
    let best = match &state.best {
        Some(best) => Some(contents.numbers("best", best.parameters().len())?),
        None => None,
    };
    let course: Vec<f64> = contents.numbers("course", NUMBERS.len())?;
    let epochs = course[0] as usize;
    let names = state.history.names.len();
    let rows: Vec<f64> = contents.numbers("history.epochs", 3 * epochs)?;
    let values: Vec<f64> = contents.numbers("history.metrics", 2 * epochs * names)?;
    let end: Vec<f64> = contents.numbers("history.end", 1)?;

    net.set_parameters(&theta)?;
    let mut parts = parts.into_iter();
    optimizer.visit_state(&mut |_, part| {
        if let Some(numbers) = parts.next() {
            part.copy_from_slice(&numbers);
        }
    });
    if let (Some(to), Some(best)) = (&mut state.best, best) {
        to.set_parameters(&best)?;
    }
    state.epoch = epochs;
    state.rate = nalgebra::convert(course[1]);
    state.best_j = course[2];
    state.since_best = course[3] as usize;
    if let Some(plateau) = &mut state.plateau {
        plateau.restore([course[5], course[6], course[7], course[8]]);
    }
    let some = |value: f64| (!value.is_nan()).then_some(value);
    let history = &mut state.history;
    history.best = (course[4] > 0.0).then_some(course[4] as usize);
    history.epochs.extend(rows.chunks_exact(3).enumerate().map(|(row, numbers)| Epoch {
        number: row + 1,
        rate: numbers[0],
        j: numbers[1],
        validation_j: some(numbers[2]),
    }));
    history.values.extend(values.chunks_exact(2).map(|both| [some(both[0]), some(both[1])]));
    history.end = match end[0] {
        1.0 => End::Early,
        2.0 => End::Callback,
        _ => End::Epochs,
    };
    Ok(())
}

impl From<Error> for CheckpointError {
    fn from(error: Error) -> Self {
        Self::Training(error)
    }
}
