//! Update: a step that makes J smaller.

/// [`Optimizer::step`] by `step_of`, of all alike.
macro_rules! steps {
    ($network:ty) => {
        #[inline]
        fn step(&mut self, net: &mut $network, gradient: &Gradient<$network>) -> Result<(), Error> {
            self.step_of(net, gradient, None, Crew::with(None))
        }

        #[cfg(feature = "std")]
        fn step_on(
            &mut self,
            threads: &Threads,
            net: &mut $network,
            gradient: &Gradient<$network>,
        ) -> Result<(), Error> {
            self.step_of(net, gradient, None, Crew::with(Some(threads)))
        }
    };
}

/// [`ByLayer`] by `step_of`, of what learns.
macro_rules! steps_by_layer {
    ($network:ty) => {
        fn step_by_layer(
            &mut self,
            net: &mut $network,
            gradient: &Gradient<$network>,
            learning: &Learning<$network>,
        ) -> Result<(), Error> {
            self.step_of(net, gradient, Some(learning), Crew::with(None))
        }

        #[cfg(feature = "std")]
        fn step_by_layer_on(
            &mut self,
            threads: &Threads,
            net: &mut $network,
            gradient: &Gradient<$network>,
            learning: &Learning<$network>,
        ) -> Result<(), Error> {
            self.step_of(net, gradient, Some(learning), Crew::with(Some(threads)))
        }
    };
}

mod adagrad;
mod adam;
mod adamw;
pub(crate) mod clip;
mod descent;
pub(crate) mod formula;
pub(crate) mod learning;
pub(crate) mod moments;
mod momentum;
mod rmsprop;
pub(crate) mod schedule;

use core::borrow::BorrowMut;
use core::ops::Range;
use core::slice;

use nalgebra::{ComplexField, RealField};

pub use adagrad::{Adagrad, AdagradSettings};
pub use adam::{Adam, AdamSettings};
pub use adamw::AdamW;
pub use clip::Clip;
pub use descent::{GradientDescent, Rated, TimesRate};
pub use learning::{ByLayer, Learning, LearningBy};
pub use moments::Moments;
pub use momentum::Momentum;
pub use rmsprop::{RmsProp, RmsPropSettings};
pub use schedule::{Plateau, Schedule};

use crate::fast::elementwise::{Compiled, Floats};

use crate::error::Error;
use crate::fast::registers::{Float, as_large};
use crate::fast::{self, Crew, Data, Frozen, MOST_THETAS, OneStep};
use crate::gradient::Gradient;
use crate::input::first_not_finite;
use crate::network::place;
use crate::network::{Holds, InputOf, Network, TargetOf, data, gradient_in, is_suspicious};
use crate::real::{count, to_f64};
use crate::regularization::Regularization;
use crate::shapes::HoldsGradient;
use crate::shapes::parameters::Parameters;
use crate::threads::Threads;
use crate::workspace::Workspace;

/// Something that moves parameters against their gradient.
///
/// The optimizers here take a network in a `Box` or an [`Aligned`](crate::Aligned) as well; where a function
/// takes any `Optimizer`, such a network is handed over as `&mut *net`. One under which some Θ⁽ˡ⁾ do not learn
/// is made of any of them by a [`Learning`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not train `{N}`",
    label = "an optimizer of this network is needed"
)]
pub trait Optimizer<N: Network> {
    /// One step.
    ///
    /// # Errors
    ///
    /// [`Error::Gradient`], naming the first entry that is not finite; parameters and optimizer
    /// are then as they were.
    fn step(&mut self, net: &mut N, gradient: &Gradient<N>) -> Result<(), Error>;

    /// [`step`](Optimizer::step), shared among threads: with the same bits. One of a user's that does not say how is
    /// made by the caller's thread alone.
    ///
    /// # Errors
    ///
    /// As [`step`](Optimizer::step).
    ///
    /// ```
    /// use constprop::Threads;
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Net(64 => 256 Tanh => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let (mut net, mut workspace) = (Net::<f32>::boxed_seeded(0), Workspace::boxed());
    /// let mut adam = Adam::new(AdamSettings::default())?;
    /// let threads = Threads::new(2)?;
    /// workspace.set_threads(&threads);
    /// let (x, y) = (vec![[0.5; 64]; 32], vec![[1.0]; 32]);
    /// let none = Regularization::none();
    /// let (_, gradient) = net.cost_and_gradient_in(&x, &y, &none, &mut workspace)?;
    /// // Here a gradient may be changed.
    /// adam.step_on(&threads, &mut net, gradient)?;
    /// # Ok::<(), constprop::Error>(())
    /// ```
    #[cfg(feature = "std")]
    fn step_on(
        &mut self,
        _threads: &Threads,
        net: &mut N,
        gradient: &Gradient<N>,
    ) -> Result<(), Error> {
        self.step(net, gradient)
    }

    /// One step on these examples: J(Θ) of before, ∇J, and [`step`](Optimizer::step), in one call
    /// without an allocation. It is the fastest way to train `f32` and `f64`: where it can, it
    /// moves the parameters by each part of the gradient while that is in the cache.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters, λ, J or the gradient, and where; see [`Error`].
    /// Parameters and optimizer are then as they were.
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Tiny(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let (mut net, mut workspace) = (Tiny::<f32>::seeded(0), Workspace::new());
    /// let mut adam = Adam::new(AdamSettings::default())?;
    /// let (x, y) = ([[0.0, 1.0], [1.0, 1.0]], [[1.0], [0.0]]);
    /// let none = Regularization::none();
    /// let first = adam.train(&mut net, &x, &y, &none, &mut workspace)?;
    /// let second = adam.train(&mut net, &x, &y, &none, &mut workspace)?;
    /// assert!(second < first);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    #[inline]
    fn train(
        &mut self,
        net: &mut N,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<N::Scalar>,
        workspace: &mut Workspace<N>,
    ) -> Result<N::Scalar, Error> {
        let mut call = Call { net, inputs, targets, regularization, workspace, learning: None };
        match self.train_in_one(&mut call) {
            Some(j) => Ok(j),
            None => one_by_one(self, call),
        }
    }

    /// [`train`](Optimizer::train) with the gradient still in the cache, for the optimizers here.
    /// Gives J, or nothing: then nothing has been done, and the step is taken one by one.
    #[doc(hidden)]
    #[inline(always)]
    fn train_in_one(&mut self, _call: &mut Call<'_, N>) -> Option<N::Scalar> {
        None
    }

    /// Which Θ⁽ˡ⁾ it moves, if not all alike: of the others [`train`](Optimizer::train) and
    /// [`Fit`](crate::train::Fit) compute no ∂J/∂Θ⁽ˡ⁾.
    fn learning(&self) -> Option<&Learning<N>> {
        None
    }

    /// α.
    fn rate(&self) -> N::Scalar;

    /// Another α for the steps to come.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless α is finite and greater than 0; the rate is then as it was.
    fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error>;

    /// Shows by name every number that is kept from one step to the next, but for settings: what
    /// has to be saved, and restored, for a training to go on as it would have. The names, and the
    /// lengths behind them, are always the same. By default nothing is kept.
    fn visit_state(&mut self, _visit: &mut dyn FnMut(&'static str, &mut [N::Scalar])) {}

    /// Shows by name every setting, so that a training which is resumed can tell whether they are
    /// the same. By default there are none.
    fn visit_settings(&self, _visit: &mut dyn FnMut(&'static str, &N::Scalar)) {}
}

// As tokens of their own, so that the compiler quotes them and no macro.
macro_rules! of_what_holds_a_network {
    ($methods:tt $($optimizer:ident: $bound:ident)*) => {
        $(impl<N: Network, M: $bound<N>> $optimizer<N, M> $methods)*
    };
}

of_what_holds_a_network!({
    /// One step: [`Optimizer::step`], also of a network in a `Box` or an [`Aligned`](crate::Aligned).
    ///
    /// # Errors
    ///
    /// As [`Optimizer::step`].
    #[inline(always)]
    pub fn step(&mut self, net: &mut dyn Holds<N>, gradient: &dyn HoldsGradient<N>) -> Result<(), Error> {
        Optimizer::step(self, net.held_mut(), gradient.held())
    }

    /// One step, shared among threads: [`Optimizer::step_on`], also of a network in a `Box` or an
    /// [`Aligned`](crate::Aligned).
    ///
    /// # Errors
    ///
    /// As [`Optimizer::step`].
    #[cfg(feature = "std")]
    pub fn step_on(
        &mut self,
        threads: &Threads,
        net: &mut dyn Holds<N>,
        gradient: &dyn HoldsGradient<N>,
    ) -> Result<(), Error> {
        Optimizer::step_on(self, threads, net.held_mut(), gradient.held())
    }

    /// One step on these examples: [`Optimizer::train`], also of a network in a `Box` or an
    /// [`Aligned`](crate::Aligned).
    ///
    /// # Errors
    ///
    /// As [`Optimizer::train`].
    #[inline(always)]
    pub fn train(
        &mut self,
        net: &mut dyn Holds<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<N::Scalar>,
        workspace: &mut Workspace<N>,
    ) -> Result<N::Scalar, Error> {
        Optimizer::train(self, net.held_mut(), inputs, targets, regularization, workspace)
    }
} Momentum: BorrowMut Adagrad: BorrowMut RmsProp: BorrowMut Adam: BorrowMut AdamW: BorrowMut
    LearningBy: ByLayer);

impl<N: Network> Workspace<N> {
    /// RAM of a training in bytes: the network, the optimizer `O` and a workspace, as they lie in a static. That is
    /// all in a build without the feature `alloc`; with it, what an optimizer remembers is on the heap.
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Policy(4 => 16 Tanh => 2 Identity) minimizing HalfSquaredError;
    /// }
    /// // What does not fit does not compile.
    /// const RAM: usize = Workspace::<Policy<f32>>::training_bytes::<GradientDescent<f32>>();
    /// const _: () = assert!(RAM < 64 * 1024);
    /// ```
    #[must_use]
    pub const fn training_bytes<O: Optimizer<N>>() -> usize {
        N::BYTES + size_of::<O>() + Self::BYTES
    }
}

/// What [`Optimizer::train`] is called with.
#[doc(hidden)]
pub struct Call<'a, N: Network> {
    net: &'a mut N,
    inputs: &'a [N::Input],
    targets: &'a [N::Target],
    regularization: &'a Regularization<N::Scalar>,
    workspace: &'a mut Workspace<N>,
    /// Of an optimizer around the one that is called.
    learning: Option<&'a Learning<N>>,
}

/// Which Θ⁽ˡ⁾ an optimizer does not move.
pub(crate) fn frozen_by<N: Network, O: Optimizer<N> + ?Sized>(optimizer: &O) -> Frozen {
    optimizer.learning().map_or(Frozen::NONE, Learning::frozen)
}

/// [`Optimizer::train`] as what it is: the gradient, then the step.
fn one_by_one<N: Network, O: Optimizer<N> + ?Sized>(
    optimizer: &mut O,
    call: Call<'_, N>,
) -> Result<N::Scalar, Error> {
    let Call { net, inputs, targets, regularization, workspace, .. } = call;
    let frozen = frozen_by(optimizer);
    let j = gradient_in(net, inputs, targets, regularization, workspace, frozen)?;
    if !ComplexField::is_finite(&j) {
        return Err(Error::CostNotFinite { value: to_f64(&j) });
    }
    let (gradient, threads) = workspace.gradient_and_threads();
    step_with(optimizer, threads, net, gradient)?;
    Ok(j)
}

/// [`Optimizer::step_on`], or without threads [`Optimizer::step`].
pub(crate) fn step_with<N: Network, O: Optimizer<N> + ?Sized>(
    optimizer: &mut O,
    threads: Option<&Threads>,
    net: &mut N,
    gradient: &Gradient<N>,
) -> Result<(), Error> {
    #[cfg(feature = "std")]
    if let Some(threads) = threads {
        return optimizer.step_on(threads, net, gradient);
    }
    let _ = threads;
    optimizer.step(net, gradient)
}

/// `Optimizer::train_in_one` of `f32` and `f64`, by the rule for an α.
#[inline(always)]
fn in_one<N: Network, A, B, const STATE: usize>(
    call: &mut Call<'_, N>,
    state: [&mut N; STATE],
    rate: &N::Scalar,
    rule: impl Fn(N::Scalar) -> Option<Floats<A, B>>,
) -> Option<N::Scalar>
where
    A: Compiled<f32, STATE>,
    B: Compiled<f64, STATE>,
{
    // Where it takes as long either way, what is shorter.
    if cfg!(narrow) {
        return None;
    }
    let of_all = rule(rate.clone())?;
    let &mut Call { ref mut net, inputs, targets, regularization, ref mut workspace, learning } =
        call;
    let m = inputs.len();
    // Of the parameters as they are before the step.
    let penalty = regularization.penalty(&**net, m);
    if is_suspicious::<N>(inputs, targets, regularization) || !ComplexField::is_finite(&penalty) {
        return None;
    }
    let decays = regularization.decays(m);
    let frozen = learning.map_or(Frozen::NONE, Learning::frozen);
    let data = data::<N>(inputs, targets, &decays, frozen, false);
    let (theta, state) = (net.parameters_mut(), state.map(Parameters::parameters_mut));
    let cost = match of_all {
        Floats::Single(of_all) if const { as_large::<N::Scalar, f32>() } => {
            let of_each = |rate| rule(rate).and_then(Floats::single);
            let each = learning.map(|learning| rules(learning, rate, of_all, of_each));
            let rules = each.as_ref().map_or(slice::from_ref(&of_all), |each| &each[..]);
            train::<N, f32, A, STATE>(OneStep { theta, state, rules }, data, workspace)
        }
        Floats::Double(of_all) if const { as_large::<N::Scalar, f64>() } => {
            let of_each = |rate| rule(rate).and_then(Floats::double);
            let each = learning.map(|learning| rules(learning, rate, of_all, of_each));
            let rules = each.as_ref().map_or(slice::from_ref(&of_all), |each| &each[..]);
            train::<N, f64, B, STATE>(OneStep { theta, state, rules }, data, workspace)
        }
        _ => None,
    };
    cost.map(|cost| cost / count(m) + penalty)
}

/// The rule of each Θ⁽ˡ⁾: that of all where there is none, or none of its own.
#[inline(never)]
fn rules<N: Network, K: Copy>(
    learning: &Learning<N>,
    rate: &N::Scalar,
    of_all: K,
    of_each: impl Fn(N::Scalar) -> Option<K>,
) -> [K; MOST_THETAS] {
    let mut rules = [of_all; MOST_THETAS];
    for (index, rule) in rules.iter_mut().enumerate().take(N::SHAPES.len()) {
        *rule = of_each(learning.rate_of(index, rate)).unwrap_or(of_all);
    }
    rules
}

/// [`fast::train`], with what it needs of the workspace.
#[inline(always)]
#[allow(clippy::collapsible_if, reason = "a condition of its own is a constant to the compiler")]
fn train<N: Network, F: Float, K: Compiled<F, STATE>, const STATE: usize>(
    step: OneStep<'_, N::Scalar, K, STATE>,
    data: Data<'_, N::Scalar>,
    workspace: &mut Workspace<N>,
) -> Option<N::Scalar> {
    // A constant, so that what does not apply is not compiled, nor on the stack of a build without
    // optimization.
    if const { fast::is_tiny::<N::Chain>() } {
        if data.m <= fast::RUN && step.rules.len() == 1 {
            return fast::train_in_registers::<N::Chain, _, F, K, STATE>(step, data);
        }
    }
    let (memory, waiting, crew) = workspace.parts(fast::sums::<N::Chain>(data.m));
    fast::train::<N::Chain, _, F, K, STATE>(step, data, memory, waiting, crew)
}

#[cfg(feature = "alloc")]
pub(crate) fn check_gradient_is_finite<N: Network>(gradient: &Gradient<N>) -> Result<(), Error> {
    check_slopes_are_finite::<N>(gradient.parameters())
}

/// The same of what learns.
fn check_what_learns<N: Network>(
    gradient: &Gradient<N>,
    learning: Option<&Learning<N>>,
    crew: &Crew<'_, ()>,
) -> Result<(), Error> {
    let (slopes, any) = (gradient.parameters(), nalgebra::zero());
    let Some(learning) = learning else { return check_some::<N>(slopes, 0..slopes.len(), crew) };
    learning.parts(&any).try_for_each(|(entries, _)| check_some::<N>(slopes, entries, crew))
}

/// The same of ∇J as a slice.
#[cfg(feature = "alloc")]
pub(crate) fn check_slopes_are_finite<N: Network>(slopes: &[N::Scalar]) -> Result<(), Error> {
    check_some::<N>(slopes, 0..slopes.len(), &Crew::with(None))
}

fn check_some<N: Network>(
    slopes: &[N::Scalar],
    entries: Range<usize>,
    crew: &Crew<'_, ()>,
) -> Result<(), Error> {
    let (first, slopes) = (entries.start, &slopes[entries]);
    if crew.all_finite(slopes) {
        return Ok(());
    }
    match first_not_finite(slopes) {
        None => Ok(()),
        Some(index) => Err(not_finite::<N>(first + index, &slopes[index])),
    }
}

fn not_finite<N: Network>(index: usize, slope: &N::Scalar) -> Error {
    let (theta, row, column) = place::<N>(index);
    Error::Gradient { theta, row, column, value: to_f64(slope) }
}

pub(crate) fn check_setting<T: RealField>(
    name: &'static str,
    value: &T,
    fits: bool,
    expected: &'static str,
) -> Result<(), Error> {
    if fits && value.is_finite() {
        return Ok(());
    }
    Err(Error::Setting { name, value: to_f64(value), expected })
}

fn below_one<T: RealField>(name: &'static str, value: &T) -> Result<(), Error> {
    let fits = *value >= T::zero() && *value < T::one();
    check_setting(name, value, fits, "from 0 to below 1")
}

pub(crate) fn check_rate<T: RealField>(rate: &T) -> Result<(), Error> {
    check_setting("learning rate", rate, *rate > T::zero(), "finite and greater than 0")
}
