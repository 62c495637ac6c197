//! The ranks as a company that makes a training's steps.

use std::io;
use std::ops::Range;
use std::path::Path;

use constprop::nalgebra::{self, ComplexField};
use constprop::train::{Asked, CheckpointError, Company, Fit, Saves, Step};
use constprop::{
    Batch, ByLayer, ExampleFault, Gradient, InputOf, Learning, Optimizer, Parameters, Place,
    Sample, ScalarOf, TargetOf, Workspace,
};

use crate::RanksNetwork;
use crate::alike::{agree, describe};
use crate::error::{Error, FINE, of_numbers, to_numbers};
use crate::nodes::{Computed, Waiting};
use crate::shares::{Gathered, Share};
use crate::sums::{Sums, cuts, gather_entries, own};
use crate::tree::Dealt;
use crate::wire::Wire;

/// All ranks, as one of them sees it.
pub struct Ranked<'w, 'd, N: RanksNetwork> {
    wire: &'w Wire,
    share: Share<'d, N>,
    in_order: Vec<usize>,
    /// How many examples make a leaf, if not as many as in the crate.
    block: Option<usize>,
    gathered: Gathered<N>,
    validation: Option<Validation<N>>,
    watched: Option<Watched<N>>,
    sums: Sums<ScalarOf<N>>,
    waiting: Waiting<ScalarOf<N>>,
    gradient: Box<Gradient<N>>,
    workspace: Box<Workspace<N>>,
    outputs: Vec<TargetOf<N>>,
    torn: bool,
}

/// The examples that validate which are computed here.
struct Validation<N: RanksNetwork> {
    gathered: Gathered<N>,
    dealt: Dealt,
    weighted: bool,
    of: usize,
    targets: AtFirst<N>,
}

/// The examples trained with that are this rank's own, where metrics look at them.
struct Watched<N: RanksNetwork> {
    xs: Vec<InputOf<N>>,
    ys: Vec<TargetOf<N>>,
    of: usize,
    targets: AtFirst<N>,
}

/// Rows of every rank, which come together at rank 0.
struct AtFirst<N: RanksNetwork> {
    /// Numbers of each rank.
    counts: Vec<usize>,
    /// At rank 0, targets.
    targets: Vec<ScalarOf<N>>,
}

impl<N: RanksNetwork> AtFirst<N> {
    fn of(wire: &Wire, targets: &[TargetOf<N>]) -> Self {
        let flat = TargetOf::<N>::flat(targets);
        let counts = wire.all(&[flat.len() as u64]);
        let counts = counts.into_iter().map(|count| usize::try_from(count).unwrap_or(0));
        let counts: Vec<_> = counts.collect();
        let targets = wire.at_first(flat, &counts);
        Self { counts, targets }
    }
}

impl<'w, 'd, N: RanksNetwork> Ranked<'w, 'd, N> {
    /// Checks everything, here and among the ranks, and makes room.
    pub fn new<O: Optimizer<N> + ?Sized>(
        wire: &'w Wire,
        fit: &Fit<'_, N>,
        (net, optimizer): (&N, &mut O),
        (inputs, targets): (&'d [InputOf<N>], &'d [TargetOf<N>]),
        block: Option<usize>,
    ) -> Result<Self, Error> {
        let found = look_at(fit, net, (inputs, targets), block);
        let (weights, given) = agree(wire, &describe(wire, fit, net, optimizer, block), found)?;
        let share = Share { inputs, targets, weights, begins: begins(wire, inputs.len()) };
        if share.all() == 0 {
            return Err(constprop::Error::NoExamples.into());
        }
        let mut in_order: Vec<usize> = (0..share.all()).collect();
        let drawn = fit.told_split(&mut in_order)?;
        let validation = match (given, drawn) {
            (Some((inputs, targets, weights)), _) => {
                let share = Share { inputs, targets, weights, begins: begins(wire, inputs.len()) };
                let all: Vec<usize> = (0..share.all()).collect();
                Some(Validation::new(wire, &share, &all)?)
            }
            (None, Some(chosen)) => Some(Validation::new(wire, &share, &chosen)?),
            (None, None) => None,
        };
        let (metrics, watches) = fit.told_metrics();
        let looks = metrics > 0 && (watches || validation.is_none());
        let watched = looks.then(|| Watched::new(wire, &share, &in_order));
        let workspace = fit.told_threads().map_or_else(Workspace::boxed, Workspace::boxed_on);
        Ok(Self {
            wire,
            share,
            in_order,
            block,
            gathered: Gathered::default(),
            validation,
            watched,
            sums: Sums::new(cuts::<N>(wire.size)),
            waiting: Waiting::default(),
            gradient: Gradient::boxed(),
            workspace,
            outputs: Vec::new(),
            torn: false,
        })
    }

    fn own(&self) -> Range<usize> {
        own(N::PARAMETERS, self.wire.size, self.wire.rank)
    }

    /// The error of the first rank that has one, on all of them; some rank has.
    fn agree_on(&self, found: Option<constprop::Error>) -> constprop::Error {
        let numbers = found.as_ref().map_or(FINE, to_numbers);
        let all = self.wire.all(&numbers);
        let all = all.chunks(numbers.len()).enumerate();
        let first = all.filter(|(_, numbers)| numbers[0] != 0.0).min_by_key(|(rank, _)| *rank);
        match (first, found) {
            // What every rank has said by itself has more to it than numbers.
            (Some((_, numbers)), Some(found)) if numbers[0] >= 5.0 => found,
            (Some((rank, numbers)), _) => {
                of_numbers(numbers, rank).unwrap_or(constprop::Error::NoExamples)
            }
            (None, found) => found.unwrap_or(constprop::Error::NoExamples),
        }
    }

    /// Metrics of predictions that come together at rank 0, for all.
    fn measure(
        &self,
        fit: &Fit<'_, N>,
        outputs: &[TargetOf<N>],
        at_first: &AtFirst<N>,
        values: &mut [[Option<f64>; 2]],
        kind: usize,
    ) {
        let all = self.wire.at_first(TargetOf::<N>::flat(outputs), &at_first.counts);
        let mut found = vec![0.0; values.len()];
        if self.wire.rank == 0 {
            let of = TargetOf::<N>::of_flat;
            fit.measure(of(&all), of(&at_first.targets), |column, value| found[column] = value);
        }
        self.wire.spread(&mut found);
        for (value, found) in values.iter_mut().zip(found) {
            value[kind] = Some(found);
        }
    }
}

impl<N: RanksNetwork> Validation<N> {
    /// Of these examples of a share.
    fn new(wire: &Wire, share: &Share<'_, N>, chosen: &[usize]) -> Result<Self, Error> {
        use constprop::Error::Validation as OfValidation;
        if chosen.is_empty() {
            return Err(OfValidation(ExampleFault::NoExamples).into());
        }
        let weighted = share.weights.is_some();
        let leaf =
            if weighted { constprop::gradient::BLOCK } else { Batch::<N>::new(&[], &[]).leaf() };
        let dealt = Dealt::new(chosen.len(), leaf, wire.size);
        let mut gathered = Gathered::default();
        share.gather(wire, chosen, &dealt, &mut gathered);
        let zero = ScalarOf::<N>::default();
        let weigh = u64::from(gathered.ws.iter().any(|weight| *weight != zero));
        if weighted && wire.all(&[weigh]).iter().all(|weigh| *weigh == 0) {
            return Err(OfValidation(ExampleFault::NoWeight).into());
        }
        let targets = AtFirst::of(wire, &gathered.ys);
        Ok(Self { gathered, dealt, weighted, of: chosen.len(), targets })
    }

    /// J without λ.
    fn cost(
        &self,
        wire: &Wire,
        net: &N,
        workspace: &mut Workspace<N>,
    ) -> Result<ScalarOf<N>, constprop::Error> {
        let Self { gathered, dealt, of, weighted, .. } = self;
        let computed = Computed { wire, dealt, gathered, of: *of, whole: true };
        let costs = computed.costs(net, |all, part| all.batch(part, *weighted), workspace)?;
        let counts: Vec<_> = (0..wire.size).map(|rank| dealt.nodes_of(rank).count()).collect();
        let costs = wire.all_of(&costs, &counts).concat();
        let total = dealt.total(&costs).unwrap_or_default();
        Ok(total / count(*of))
    }
}

impl<N: RanksNetwork> Watched<N> {
    fn new(wire: &Wire, share: &Share<'_, N>, in_order: &[usize]) -> Self {
        let here = share.of(wire.rank);
        let (mut xs, mut ys) = (Vec::new(), Vec::new());
        for example in in_order.iter().filter(|example| here.contains(example)) {
            let at = example - here.start;
            xs.extend_from_slice(&share.inputs[at..=at]);
            ys.extend_from_slice(&share.targets[at..=at]);
        }
        let targets = AtFirst::of(wire, &ys);
        Self { xs, ys, of: in_order.len(), targets }
    }
}

impl<N: RanksNetwork, O: ByLayer<N> + ?Sized> Company<N, O> for Ranked<'_, '_, N> {
    fn in_order(&self) -> &[usize] {
        &self.in_order
    }

    fn step(
        &mut self,
        fit: &mut Fit<'_, N>,
        net: &mut N,
        optimizer: &mut O,
        step: Step<'_>,
    ) -> Result<ScalarOf<N>, constprop::Error> {
        let (of, here, own) = (step.examples.len(), self.wire.rank, self.own());
        let weighted = self.share.weights.is_some();
        let none = fit.told_batch(optimizer, &[], &[], weighted.then_some(&[][..]), step.number);
        let native = none.leaf();
        let dealt = Dealt::new(of, self.block.unwrap_or(native), self.wire.size);
        if fit.told_augments() {
            // Each draws on where the one before has ended.
            self.share.gather_all(self.wire, step.examples, &mut self.gathered);
            fit.told_augment(&mut self.gathered.xs, step.drawn);
            self.gathered.keep(dealt.examples(here));
        } else {
            self.share.gather(self.wire, step.examples, &dealt, &mut self.gathered);
        }
        let (fit, learner) = (&*fit, &*optimizer);
        let gathered = &self.gathered;
        let whole = self.block.is_none();
        let computed = Computed { wire: self.wire, dealt: &dealt, gathered, of, whole };
        let home = self.gradient.parameters_mut();
        let said = computed.sums(
            net,
            |all, part| {
                let weights = weighted.then(|| &all.ws[part.clone()]);
                let (xs, ys) = (&all.xs[part.clone()], &all.ys[part]);
                fit.told_batch(learner, xs, ys, weights, step.number)
            },
            home,
            &mut self.sums,
            &mut self.waiting,
            &mut self.workspace,
        );
        if said.failed {
            return Err(self.agree_on(said.failure));
        }
        let regularization = fit.told_regularization();
        let cost = dealt.total(&said.costs).unwrap_or_default();
        let j = cost / count(of) + regularization.penalty(net, of);
        if !ComplexField::is_finite(&j) {
            return Err(constprop::Error::CostNotFinite { value: to_f64(j) });
        }
        let place = Place { first: 0, of };
        let all = fit.told_batch(learner, &[], &[], weighted.then_some(&[][..]), step.number);
        all.at(place).finish(net, regularization, own.clone(), &mut home[own.clone()]);
        match fit.told_clip() {
            Some(clip) if clip.is_of_all() => {
                gather_entries(self.wire, home, ScalarOf::<N>::default());
                clip.apply_to(home);
            }
            Some(clip) => clip.apply_to(&mut home[own.clone()]),
            None => {}
        }
        let learning = Learning::all().within(own);
        let (gradient, threads) = (&self.gradient, fit.told_threads());
        let failure = match threads {
            Some(threads) => optimizer.step_by_layer_on(threads, net, gradient, &learning),
            None => optimizer.step_by_layer(net, gradient, &learning),
        };
        let failure = failure.err();
        let word = count(usize::from(failure.is_some()));
        let words = gather_entries(self.wire, net.parameters_mut(), word);
        if words.iter().any(|word| *word != ScalarOf::<N>::default()) {
            self.torn = true;
            return Err(self.agree_on(failure));
        }
        Ok(j)
    }

    fn is_torn(&self) -> bool {
        self.torn
    }

    fn own(&self, numbers: usize) -> Range<usize> {
        if numbers == N::PARAMETERS { self.own() } else { 0..numbers }
    }

    fn look(
        &mut self,
        fit: &Fit<'_, N>,
        net: &N,
        values: &mut [[Option<f64>; 2]],
    ) -> Result<Option<f64>, constprop::Error> {
        let mut validation_j = None;
        if let Some(validation) = &self.validation {
            validation_j = Some(to_f64(validation.cost(self.wire, net, &mut self.workspace)?));
        }
        if values.is_empty() {
            return Ok(validation_j);
        }
        if let Some(Watched { xs, ys, of, targets }) = &self.watched {
            self.outputs.clone_from(ys);
            net.predict_some(xs, &mut self.outputs, *of, &mut self.workspace)?;
            self.measure(fit, &self.outputs, targets, values, 0);
        }
        if let Some(Validation { gathered: Gathered { xs, ys, .. }, of, targets, .. }) =
            &self.validation
        {
            self.outputs.clone_from(ys);
            net.predict_some(xs, &mut self.outputs, *of, &mut self.workspace)?;
            self.measure(fit, &self.outputs, targets, values, 1);
        }
        Ok(validation_j)
    }

    fn agree(&mut self, ask: &mut dyn FnMut() -> Asked) -> Asked {
        let mut said = [0.0; 3];
        if self.wire.rank == 0 {
            let Asked { stops, rate } = ask();
            let [stops, there] = [stops, rate.is_some()].map(|is| f64::from(u8::from(is)));
            said = [stops, there, rate.unwrap_or(0.0)];
        }
        self.wire.spread(&mut said);
        Asked { stops: said[0] != 0.0, rate: (said[1] != 0.0).then_some(said[2]) }
    }
}

impl<N: RanksNetwork, O: ByLayer<N> + ?Sized> Saves<N, O> for Ranked<'_, '_, N> {
    fn counts(&self) -> [usize; 2] {
        let validation = self.validation.as_ref();
        [self.share.all(), validation.map_or(0, |validation| validation.of)]
    }

    fn block(&self) -> Option<usize> {
        self.block
    }

    fn read(
        &mut self,
        path: &Path,
        read: &mut dyn FnMut() -> Result<Option<Vec<u8>>, CheckpointError>,
    ) -> Result<Option<Vec<u8>>, CheckpointError> {
        let read = (self.wire.rank == 0).then(read).transpose();
        let (found, failure) = match read {
            Ok(found) => (found.flatten(), None),
            Err(error) => (None, Some(error)),
        };
        self.same_failure(path, failure)?;
        let mut there = [u8::from(found.is_some())];
        self.wire.spread(&mut there);
        Ok((there[0] == 1).then(|| self.wire.spread_bytes(found)))
    }

    fn gather(&mut self, optimizer: &mut O, take: &mut dyn FnMut(&str, &[ScalarOf<N>])) {
        let wire = self.wire;
        let counts: Vec<_> =
            (0..wire.size).map(|rank| own(N::PARAMETERS, wire.size, rank).len()).collect();
        optimizer.visit_state(&mut |name, numbers| {
            if numbers.len() != N::PARAMETERS {
                return take(name, numbers);
            }
            let own = own(N::PARAMETERS, wire.size, wire.rank);
            let all = wire.at_first(&numbers[own], &counts);
            if wire.rank == 0 {
                take(name, &all);
            }
        });
    }

    fn write(
        &mut self,
        path: &Path,
        write: &mut dyn FnMut() -> Result<(), CheckpointError>,
    ) -> Result<(), CheckpointError> {
        let failure = (self.wire.rank == 0).then(write).and_then(Result::err);
        self.same_failure(path, failure)
    }
}

impl<N: RanksNetwork> Ranked<'_, '_, N> {
    /// What has failed at rank 0, on all: the system's error of the file.
    fn same_failure(
        &self,
        path: &Path,
        failure: Option<CheckpointError>,
    ) -> Result<(), CheckpointError> {
        let of_system = match &failure {
            Some(CheckpointError::File { error, .. }) => error.raw_os_error(),
            _ => None,
        };
        let mut said = [i32::from(failure.is_some()), of_system.unwrap_or(0)];
        self.wire.spread(&mut said);
        let text = self.wire.spread_bytes(failure.as_ref().map(|error| error.to_string().into()));
        match (failure, said) {
            (Some(error), _) => Err(error),
            (None, [0, _]) => Ok(()),
            (None, [_, 0]) => {
                let error = io::Error::other(String::from_utf8_lossy(&text).into_owned());
                Err(CheckpointError::File { path: path.into(), error })
            }
            (None, [_, code]) => {
                let error = io::Error::from_raw_os_error(code);
                Err(CheckpointError::File { path: path.into(), error })
            }
        }
    }
}

impl<N: RanksNetwork> Gathered<N> {
    /// Some of the examples, with their weights if they have some.
    pub fn batch(&self, part: Range<usize>, weighted: bool) -> Batch<'_, N> {
        let batch = Batch::new(&self.xs[part.clone()], &self.ys[part.clone()]);
        if weighted { batch.with_weights(&self.ws[part]) } else { batch }
    }
}

/// Where the examples of each rank begin, of which so many are here.
pub fn begins(wire: &Wire, here: usize) -> Vec<usize> {
    let counts = wire.all(&[here as u64]);
    let mut begins = vec![0];
    for count in counts {
        let end = begins[begins.len() - 1] + usize::try_from(count).unwrap_or(0);
        begins.push(end);
    }
    begins
}

type Given<'a, N> = (&'a [InputOf<N>], &'a [TargetOf<N>], Option<Vec<ScalarOf<N>>>);
type Found<'a, N> = (Option<Vec<ScalarOf<N>>>, Option<Given<'a, N>>);

/// What there is to check without the others.
fn look_at<'a, N: RanksNetwork>(
    fit: &Fit<'a, N>,
    net: &N,
    (inputs, targets): (&[InputOf<N>], &[TargetOf<N>]),
    block: Option<usize>,
) -> Result<Found<'a, N>, constprop::Error> {
    if !(inputs.is_empty() && targets.is_empty()) {
        net.check_examples(inputs, targets, fit.told_regularization())?;
    }
    fit.check_settings()?;
    let most = constprop::gradient::BLOCK;
    if let Some(found) = block.filter(|block| !(1..=most).contains(block)) {
        #[allow(clippy::cast_precision_loss, reason = "it is printed")]
        let value = found as f64;
        let expected = "from 1 to 128";
        return Err(constprop::Error::Setting { name: "block", value, expected });
    }
    Ok((fit.told_weights(inputs, targets)?, fit.told_validation(net)?))
}

pub fn to_f64<T: constprop::Float>(number: T) -> f64 {
    nalgebra::try_convert::<T, f64>(number).unwrap_or(f64::NAN)
}

pub fn count<T: constprop::Float>(n: usize) -> T {
    #[allow(clippy::cast_precision_loss, reason = "no one trains on 2⁵³ examples")]
    nalgebra::convert(n as f64)
}
