//! Where Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ goes: into a gradient, or at once into the parameters.

use core::ops::Range;

use nalgebra::ComplexField;

use super::layer::product;
use crate::fast::elementwise::{MOST_STATE, Moved, OfRule, Rule, update_in};
use crate::fast::memory::Examples;
use crate::fast::pairwise::Above;
use crate::fast::plan::Plan;
use crate::fast::product::{Before, Finish, Product, Strided};
use crate::fast::registers::{Entries, Float, Lanes};
use crate::fast::values::all_finite;

/// What is done with Δ of one layer after the other.
pub(crate) trait Sink<T: Float>: Sized {
    /// Takes off the sink of the first `parameters`. In place: a struct that was written field by field is
    /// slow to copy at once.
    fn split_off(&mut self, parameters: usize) -> Self;

    /// Where that of the first parameter is written.
    fn begin(&self) -> *const T;

    /// Goes on from a layer that is taken off to the next one.
    fn pass_layer(&mut self) {}

    /// Of a layer that does not learn.
    fn skip(self);

    /// Takes of the Δ of a layer with `s_out` units the rows which are the products with these of [1; a], of
    /// which this is the sink; there is `room` for as many entries.
    fn take<V: Lanes<Scalar = T>>(
        self,
        s_out: usize,
        rows: Range<usize>,
        a: Examples<'_, T>,
        delta: Examples<'_, T>,
        room: &mut [T],
    );
}

/// What becomes of the Δ of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage<'a, T> {
    /// It is one of several, and nothing waits for it.
    First,
    /// It is one of several, and is added to what lies there.
    Middle,
    /// It is the last: ∂J/∂Θ = Δ + Δ before + Δ above + λ Θ, as every δ has been divided by m.
    Last { before: Before<'a, T>, above: Above<'a, T> },
}

/// λ, as weights and biases are multiplied with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decay<T> {
    pub(crate) weights: T,
    pub(crate) bias: T,
}

/// A gradient, or Δ on the way to one.
#[derive(Debug)]
pub(crate) struct IntoGradient<'a, T> {
    pub(crate) theta: &'a [T],
    pub(crate) gradient: &'a mut [T],
    pub(crate) stage: Stage<'a, T>,
    pub(crate) decay: Decay<T>,
}

impl<T: Float> Sink<T> for IntoGradient<'_, T> {
    #[inline(always)]
    fn split_off(&mut self, parameters: usize) -> Self {
        Self {
            theta: first(&mut self.theta, parameters),
            gradient: first_mut(&mut self.gradient, parameters),
            stage: self.stage.split_off(parameters),
            decay: self.decay,
        }
    }

    fn begin(&self) -> *const T {
        self.gradient.as_ptr()
    }

    /// ∂J/∂Θ = 0.
    fn skip(self) {
        if let Stage::Last { .. } = self.stage {
            self.gradient.fill(T::zero());
        }
    }

    fn take<V: Lanes<Scalar = T>>(
        mut self,
        s_out: usize,
        rows: Range<usize>,
        a: Examples<'_, T>,
        delta: Examples<'_, T>,
        _room: &mut [T],
    ) {
        let bias = self.split_off(if rows.start == 0 { s_out } else { 0 });
        let weights = self;
        let finish = weights.stage.finish(weights.theta, weights.decay.weights);
        delta_of_weights::<V>(s_out, inputs(&rows), a, delta, weights.gradient, finish);
        weights.stage.end::<V>(weights.gradient, weights.theta, weights.decay.weights);
        bias.take_bias::<V>(s_out, &rows, delta);
    }
}

impl<T: Float> IntoGradient<'_, T> {
    /// Takes of Σ δ [1; a]ᵀ of the `first` a and δ, and if there is a second of δ [0; a]ᵀ of that too, the
    /// rows which are the products with these of [1; a], of which this is the sink.
    pub(super) fn take_sum<V: Lanes<Scalar = T>>(
        mut self,
        s_out: usize,
        rows: Range<usize>,
        first: (Examples<'_, T>, Examples<'_, T>),
        second: Option<(Examples<'_, T>, Examples<'_, T>)>,
    ) {
        let Some((a, delta)) = second else {
            return self.take::<V>(s_out, rows, first.0, first.1, &mut []);
        };
        let bias = self.split_off(if rows.start == 0 { s_out } else { 0 });
        let weights = self;
        let [stage, last] = weights.stage.halves();
        let (inputs, finish) = (inputs(&rows), stage.finish(weights.theta, T::zero()));
        delta_of_weights::<V>(s_out, inputs.clone(), first.0, first.1, weights.gradient, finish);
        let finish = last.finish(weights.theta, weights.decay.weights);
        delta_of_weights::<V>(s_out, inputs, a, delta, weights.gradient, finish);
        last.end::<V>(weights.gradient, weights.theta, weights.decay.weights);
        bias.take_bias::<V>(s_out, &rows, first.1);
    }

    /// Takes the row of the bias, if it is one of these.
    fn take_bias<V: Lanes<Scalar = T>>(
        self,
        s_out: usize,
        rows: &Range<usize>,
        delta: Examples<'_, T>,
    ) {
        if rows.start > 0 {
            return;
        }
        let finish = self.stage.finish(self.theta, self.decay.bias);
        delta_of_bias::<V>(s_out, delta, self.gradient, finish);
        self.stage.end::<V>(self.gradient, self.theta, self.decay.bias);
    }
}

impl<'a, T: Float> Stage<'a, T> {
    /// Of a Δ that comes in two parts: how the first is added, without λ, and how the second is.
    fn halves(self) -> [Self; 2] {
        match self {
            Self::First => [Self::First, Self::Middle],
            Self::Middle => [Self::Middle; 2],
            Self::Last { before, above } => [
                Self::Last { before, above: Above::none() },
                Self::Last { before: Before::InPlace, above },
            ],
        }
    }

    /// That of some entries alone.
    pub(crate) fn at(mut self, entries: Range<usize>) -> Self {
        self.split_off(entries.start);
        self.split_off(entries.len())
    }

    #[inline(always)]
    fn split_off(&mut self, parameters: usize) -> Self {
        match self {
            Self::Last { before, above } => Self::Last {
                before: match before {
                    Before::At(before) => Before::At(first(before, parameters)),
                    other => *other,
                },
                above: above.split_off(parameters),
            },
            other => *other,
        }
    }

    fn finish(self, theta: &'a [T], decay: T) -> Finish<'a, T> {
        match self {
            Self::First => Finish::Store,
            Self::Middle => Finish::ADD,
            Self::Last { before, above } => {
                // λ Θ comes last.
                let theta = (!decay.is_zero() && above.is_empty()).then_some((decay, theta));
                Finish::Gradient { before, theta }
            }
        }
    }

    /// What comes behind `finish`.
    fn end<V: Lanes<Scalar = T>>(self, gradient: &mut [T], theta: &[T], decay: T) {
        if let Self::Last { above, .. } = self {
            add_above::<V>(above, gradient, theta, decay);
        }
    }
}

/// ∂J/∂Θ += Δ above + λ Θ, if there is something above.
fn add_above<V: Lanes>(
    above: Above<'_, V::Scalar>,
    gradient: &mut [V::Scalar],
    theta: &[V::Scalar],
    decay: V::Scalar,
) {
    if above.is_empty() {
        return;
    }
    above.add_to(gradient, add_in::<V>);
    if decay != nalgebra::zero() {
        update_in::<V, _, 0>(gradient, [], theta, AddDecay(decay));
    }
}

/// sum ← sum + term, in registers `V`.
#[inline(always)]
fn add_in<V: Lanes>(sum: &mut [V::Scalar], term: &[V::Scalar]) {
    update_in::<V, _, 0>(sum, [], term, Add);
}

/// sum ← sum + term.
#[derive(Clone, Copy)]
pub(crate) struct Add;

impl<T: Float> Rule<T, 0> for Add {
    type Constants<V: Entries<Scalar = T>> = ();

    #[inline(always)]
    fn in_registers<V: Entries<Scalar = T>>(&self) {}

    #[inline(always)]
    fn update<V: Entries<Scalar = T>>((): &(), sum: V, _: [V; 0], term: V) -> (V, [V; 0]) {
        (sum + term, [])
    }
}

/// gradient ← λ Θ + gradient, rounded once where the products do so.
#[derive(Clone, Copy)]
pub(crate) struct AddDecay<T>(pub(crate) T);

impl<T: Float> Rule<T, 0> for AddDecay<T> {
    /// λ.
    type Constants<V: Entries<Scalar = T>> = V;

    #[inline(always)]
    fn in_registers<V: Entries<Scalar = T>>(&self) -> V {
        V::splat(self.0)
    }

    #[inline(always)]
    fn update<V: Entries<Scalar = T>>(decay: &V, gradient: V, _: [V; 0], theta: V) -> (V, [V; 0]) {
        (decay.mul_add(theta, gradient), [])
    }
}

/// An optimizer's step: what it keeps, and its rule.
#[derive(Debug)]
pub(crate) struct Moves<'a, T> {
    pub(crate) theta: &'a mut [T],
    pub(crate) state: [&'a mut [T]; MOST_STATE],
    pub(crate) rule: OfRule<T>,
    /// What the rule is made of, for this Θ⁽ˡ⁾ and those behind: the last holds for all that follow.
    pub(crate) constants: &'a [&'a [T]],
    /// Whether the rule is θ ← θ − α g and nothing else, and α all that it is made of.
    pub(crate) descends: bool,
}

impl<T: Copy> Moves<'_, T> {
    /// Takes off the first `parameters`.
    fn split_off(&mut self, parameters: usize) -> Self {
        Self {
            theta: first_mut(&mut self.theta, parameters),
            // What nobody needs is empty.
            state: self.state.each_mut().map(|kept| {
                let parameters = parameters.min(kept.len());
                first_mut(kept, parameters)
            }),
            ..*self
        }
    }

    /// Goes on to the next layer.
    fn pass_layer(&mut self) {
        if let [_, behind @ ..] = self.constants
            && !behind.is_empty()
        {
            self.constants = behind;
        }
    }

    /// The step.
    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self, gradient: &[T]) {
        let Self { theta, state, rule, constants, .. } = self;
        V::of(&rule)(Moved { theta, state, gradient, constants: constants[0] });
    }

    /// The step of all that learns, if cost and gradient are finite.
    #[inline(always)]
    pub(crate) fn run_if_finite(self, plan: Plan<T>, gradient: &[T], cost: T) -> Option<T>
    where
        T: Float,
    {
        if !(ComplexField::is_finite(&cost) && all_finite(gradient)) {
            return None;
        }
        if self.constants.len() > 1 || !plan.frozen.is_none() {
            self.run_layer_by_layer(plan, gradient);
            return Some(cost);
        }
        let Self { theta, state, rule, constants, .. } = self;
        rule.current()(Moved { theta, state, gradient, constants: constants[0] });
        Some(cost)
    }

    #[inline(never)]
    fn run_layer_by_layer(mut self, mut plan: Plan<T>, mut gradient: &[T])
    where
        T: Float,
    {
        loop {
            let of_layer = self.split_off(plan.first_theta());
            let gradient = first(&mut gradient, plan.first_theta());
            if plan.learns() {
                let Self { theta, state, rule, constants, .. } = of_layer;
                rule.current()(Moved { theta, state, gradient, constants: constants[0] });
            }
            let Some((_, behind)) = plan.split_first() else { return };
            self.pass_layer();
            plan = behind;
        }
    }
}

/// The parameters themselves, moved as soon as a part of the gradient is there, while it is still in the
/// cache.
pub(crate) struct IntoParameters<'a, T> {
    pub(crate) moves: Moves<'a, T>,
    /// Δ that the last block is added to at once, and what waits above that.
    pub(crate) before: Option<&'a mut [T]>,
    pub(crate) above: Above<'a, T>,
    pub(crate) decay: Decay<T>,
}

/// Entries of a gradient that are computed before they are used: few enough for the cache, enough
/// for whole tiles.
const PART: usize = 16 * 1024;

/// Rows of a tile, of whichever instruction set.
const TILE_ROWS: usize = 12;

impl<T: Float> Sink<T> for IntoParameters<'_, T> {
    fn split_off(&mut self, parameters: usize) -> Self {
        Self {
            moves: self.moves.split_off(parameters),
            before: self.before.as_mut().map(|before| first_mut(before, parameters)),
            above: self.above.split_off(parameters),
            decay: self.decay,
        }
    }

    fn begin(&self) -> *const T {
        self.moves.theta.as_ptr()
    }

    fn pass_layer(&mut self) {
        self.moves.pass_layer();
    }

    fn skip(self) {}

    fn take<V: Lanes<Scalar = T>>(
        mut self,
        s_out: usize,
        rows: Range<usize>,
        a: Examples<'_, T>,
        delta: Examples<'_, T>,
        room: &mut [T],
    ) {
        let (Range { start: mut first, end }, decay) = (inputs(&rows), self.decay);
        let mut bias = self.split_off(if rows.start == 0 { s_out } else { 0 });
        let mut weights = self;
        let alone = bias.before.is_none() && bias.above.is_empty();
        if alone && bias.moves.descends {
            // The step is so simple that it needs no gradient in memory.
            let rate = bias.moves.constants[0][0];
            let finish = |decay| Finish::Descend { decay, rate };
            if rows.start == 0 {
                delta_of_bias::<V>(s_out, delta, bias.moves.theta, finish(decay.bias));
            }
            let finish = finish(decay.weights);
            return delta_of_weights::<V>(s_out, first..end, a, delta, weights.moves.theta, finish);
        }
        if rows.start == 0 {
            let (gradient, finish) = bias.part(s_out, room, decay.bias);
            delta_of_bias::<V>(s_out, delta, gradient, finish);
            bias.update::<V>(s_out, room, decay.bias);
        }

        let rows = (PART / s_out / TILE_ROWS).max(1) * TILE_ROWS;
        while first < end {
            let last = end.min(first + rows);
            let entries = (last - first) * s_out;
            let mut now = weights.split_off(entries);
            let (gradient, finish) = now.part(entries, room, now.decay.weights);
            delta_of_weights::<V>(s_out, first..last, a, delta, gradient, finish);
            now.update::<V>(entries, room, decay.weights);
            first = last;
        }
    }
}

impl<T: Float> IntoParameters<'_, T> {
    /// Where the next `entries` of the gradient are to be computed, and how.
    fn part<'a>(
        &'a mut self,
        entries: usize,
        room: &'a mut [T],
        decay: T,
    ) -> (&'a mut [T], Finish<'a, T>) {
        let ends = !decay.is_zero() && self.above.is_empty();
        let theta = ends.then_some((decay, &*self.moves.theta));
        match &mut self.before {
            Some(before) => (before, Finish::Gradient { before: Before::InPlace, theta }),
            None => (&mut room[..entries], Finish::Gradient { before: Before::None, theta }),
        }
    }

    /// Moves the parameters by the gradient that `part` gave the place of.
    fn update<V: Lanes<Scalar = T>>(self, entries: usize, room: &mut [T], decay: T) {
        let gradient = match self.before {
            Some(before) => before,
            None => &mut room[..entries],
        };
        add_above::<V>(self.above, gradient, self.moves.theta, decay);
        self.moves.run::<V>(gradient);
    }
}

/// Takes off the first `n`.
#[inline(always)]
fn first<'a, T>(all: &mut &'a [T], n: usize) -> &'a [T] {
    all.split_off(..n).expect("there are as many")
}

/// The same, to write to.
#[inline(always)]
pub(crate) fn first_mut<'a, T>(all: &mut &'a mut [T], n: usize) -> &'a mut [T] {
    all.split_off_mut(..n).expect("there are as many")
}

/// The inputs among rows of [1; a].
fn inputs(rows: &Range<usize>) -> Range<usize> {
    rows.start.saturating_sub(1)..rows.end.saturating_sub(1)
}

/// Rows `inputs` of Δ, where each is the column of an input's weights.
fn delta_of_weights<V: Lanes>(
    s_out: usize,
    inputs: Range<usize>,
    a: Examples<'_, V::Scalar>,
    delta: Examples<'_, V::Scalar>,
    gradient: &mut [V::Scalar],
    finish: Finish<'_, V::Scalar>,
) {
    product::<V>(Product {
        rows: inputs.len(),
        columns: s_out,
        depth: delta.count,
        a: Strided { entries: &a.entries[inputs.start..], row_step: 1, column_step: a.stride },
        b: delta.entries,
        b_row: delta.stride,
        c: gradient,
        c_row: s_out,
        finish,
        watched: false,
    });
}

/// Δ of the bias: the constant 1 in front of it is an input like the others.
fn delta_of_bias<V: Lanes>(
    s_out: usize,
    delta: Examples<'_, V::Scalar>,
    gradient: &mut [V::Scalar],
    finish: Finish<'_, V::Scalar>,
) {
    product::<V>(Product {
        rows: 1,
        columns: s_out,
        depth: delta.count,
        a: Strided { entries: &[nalgebra::one()], row_step: 0, column_step: 0 },
        b: delta.entries,
        b_row: delta.stride,
        c: gradient,
        c_row: s_out,
        finish,
        watched: false,
    });
}
