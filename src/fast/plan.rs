//! The layers of a network as data: sizes, and for each kind of register the functions of its activations
//! and of its end. What goes over blocks of examples reads them here, and so is compiled once for all
//! networks; products with curvature matrices still go over the list, for each network.

use super::list::{Activates, Ends, Follows, Last, Layers, Step};
use super::passes::end::{OfCosts, OfOutputs, OfPullBacks, costs_and_deltas, outputs, pull_backs};
use super::passes::layer::{OfActivation, activate};
use super::registers::{Float, as_large, each, same};
use crate::threads::{LINE, cut};

/// A hidden layer, and those behind it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Hidden<T: 'static> {
    pub(crate) s_out: usize,
    pub(crate) activate: OfActivation<T>,
    behind: Option<&'static Self>,
}

/// Which Θ⁽ˡ⁾ do not learn, from some l on: a bit for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frozen(u32);

/// So many Θ⁽ˡ⁾ have a bit, as many as layers that can be named have one.
pub(crate) const MOST_THETAS: usize = u32::BITS as usize;

impl Frozen {
    /// All learn.
    pub(crate) const NONE: Self = Self(0);

    /// With that of an index, from 0 on.
    pub(crate) const fn with(self, index: usize) -> Self {
        Self(self.0 | 1 << index)
    }

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether the first of them is frozen.
    pub(crate) const fn first(self) -> bool {
        self.0 & 1 == 1
    }

    /// Those behind it. What has no bit learns.
    pub(crate) const fn behind(self) -> Self {
        Self(self.0 >> 1)
    }
}

/// The layers from some layer on, behind one of `s_in` units.
#[derive(Debug)]
pub(crate) struct Plan<T: 'static> {
    pub(crate) s_in: usize,
    hidden: Option<&'static Hidden<T>>,
    /// s_L.
    pub(crate) s_out: usize,
    /// What does not learn: of it no Δ is computed, and no δ that only such Δ would need.
    pub(crate) frozen: Frozen,
}

// By hand: it can be copied whatever the scalar.
impl<T> Clone for Plan<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Plan<T> {}

impl<T: Float> Plan<T> {
    /// That of a network of which this is frozen.
    #[inline(always)]
    pub(crate) fn of<L: Planned>(frozen: Frozen) -> Self {
        let hidden =
            if const { as_large::<T, f32>() } { *same(&L::SINGLE) } else { *same(&L::DOUBLE) };
        Self { s_in: L::S_IN, hidden, s_out: L::S_OUT, frozen }
    }
}

impl<T> Plan<T> {
    /// Where each of so many parts of rows ends, from 1 on, of so many entries that learn behind the `first` ones: where
    /// a row begins at a cache line, if one is near, so that no two threads write to it. Entry `at` is written to `begin`.
    pub(crate) fn ends(
        self,
        (first, learning): (usize, usize),
        parts: usize,
        (at, begin): (usize, *const T),
    ) -> impl Fn(usize) -> usize {
        let (begin, back) = (begin.wrapping_sub(at), learning / parts / 32);
        let is_line = move |entry| begin.wrapping_add(entry).addr().is_multiple_of(LINE);
        move |part| self.row_at(first + cut(learning, parts, part), back, is_line)
    }

    /// The last entry of Θ, with up to so many in front of it that learn, at which a row of
    /// [bias | weights]ᵀ begins; or one up to `back` entries in front of it that `suits` better.
    fn row_at(mut self, mut learning: usize, back: usize, suits: impl Fn(usize) -> bool) -> usize {
        let mut first = 0;
        while let Some((_, behind)) = self.split_first() {
            let of_layer = if self.learns() { self.first_theta() } else { 0 };
            if learning < of_layer {
                break;
            }
            learning -= of_layer;
            (first, self) = (first + self.first_theta(), behind);
        }
        let s_out = self.first_s_out();
        let (row, back) = (learning / s_out, back / s_out);
        let rows = row.saturating_sub(back)..=row;
        let suits = |row: &usize| suits(first + row * s_out);
        first + rows.rev().find(suits).unwrap_or(row) * s_out
    }

    /// How many of all entries of Θ learn.
    #[inline(always)]
    pub(crate) fn learning(self, all: usize) -> usize {
        if self.frozen.is_none() { all } else { self.learning_of_some() }
    }

    #[inline(never)]
    fn learning_of_some(mut self) -> usize {
        let mut learning = 0;
        loop {
            learning += if self.learns() { self.first_theta() } else { 0 };
            let Some((_, behind)) = self.split_first() else { return learning };
            self = behind;
        }
    }

    /// How many units the first of these layers has.
    fn first_s_out(&self) -> usize {
        self.hidden.map_or(self.s_out, |hidden| hidden.s_out)
    }

    /// How many entries the first Θ of these layers has.
    pub(crate) fn first_theta(&self) -> usize {
        self.first_s_out() * (self.s_in + 1)
    }

    /// The first hidden layer, and the layers behind it.
    pub(crate) fn split_first(self) -> Option<(&'static Hidden<T>, Self)> {
        let Self { hidden, s_out, frozen, .. } = self;
        hidden.map(|first| {
            let (s_in, hidden, frozen) = (first.s_out, first.behind, frozen.behind());
            (first, Self { s_in, hidden, s_out, frozen })
        })
    }

    /// Whether the first Θ of these layers learns.
    pub(crate) const fn learns(&self) -> bool {
        !self.frozen.first()
    }
}

/// [`Layers`] that can be read as data; all can.
#[doc(hidden)]
pub trait Planned: Layers {
    /// The hidden layers, for `f32`.
    const SINGLE: Option<&'static Hidden<f32>>;

    /// The same for `f64`.
    const DOUBLE: Option<&'static Hidden<f64>>;

    /// What makes outputs of z⁽ᴸ⁾.
    fn outputs<T: Float>() -> OfOutputs<T>;

    /// What makes δ⁽ᴸ⁾ of ∂J/∂a⁽ᴸ⁾.
    fn pull_backs<T: Float>() -> OfPullBacks<T>;

    /// What makes costs of z⁽ᴸ⁾, with `GRADIENT` δ⁽ᴸ⁾ too.
    fn costs<T: Float, const GRADIENT: bool>() -> OfCosts<T>;
}

impl<G: Activates, const S_OUT: usize, const S_IN: usize, R: Planned + Follows<S_OUT>> Planned
    for Step<G, S_OUT, S_IN, R>
{
    const SINGLE: Option<&'static Hidden<f32>> = Some(
        const { &Hidden { s_out: S_OUT, activate: each!(f32: activate, G::G), behind: R::SINGLE } },
    );
    const DOUBLE: Option<&'static Hidden<f64>> = Some(
        const { &Hidden { s_out: S_OUT, activate: each!(f64: activate, G::G), behind: R::DOUBLE } },
    );

    #[inline(always)]
    fn outputs<T: Float>() -> OfOutputs<T> {
        R::outputs()
    }

    #[inline(always)]
    fn pull_backs<T: Float>() -> OfPullBacks<T> {
        R::pull_backs()
    }

    #[inline(always)]
    fn costs<T: Float, const GRADIENT: bool>() -> OfCosts<T> {
        R::costs::<T, GRADIENT>()
    }
}

impl<E: Ends, const S_OUT: usize, const S_IN: usize> Planned for Last<E, S_OUT, S_IN> {
    const SINGLE: Option<&'static Hidden<f32>> = None;
    const DOUBLE: Option<&'static Hidden<f64>> = None;

    #[inline(always)]
    fn outputs<T: Float>() -> OfOutputs<T> {
        each!(T: outputs, E::H; S_OUT)
    }

    #[inline(always)]
    fn pull_backs<T: Float>() -> OfPullBacks<T> {
        each!(T: pull_backs, E::H; S_OUT)
    }

    #[inline(always)]
    fn costs<T: Float, const GRADIENT: bool>() -> OfCosts<T> {
        each!(T: costs_and_deltas, E::H, E::C; S_OUT, GRADIENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Identity, Tanh};
    use crate::cost::HalfSquaredError;

    type Chain = Step<Tanh, 24, 200, Last<(Identity, HalfSquaredError), 3, 24>>;

    /// 24 units are a line and a half: every second row begins at a line where Θ does, or half a line behind one; else
    /// none can.
    #[test]
    fn parts_of_rows_end_at_lines_where_rows_begin_at_them() {
        let (plan, all) = (Plan::<f32>::of::<Chain>(Frozen::NONE), Chain::PARAMETERS);
        for offset in 0..16 {
            let begin = core::ptr::without_provenance::<f32>(1 << 20).wrapping_add(offset);
            for parts in 2..5 {
                let end = plan.ends((0, all), parts, (0, begin));
                for part in 1..parts {
                    let (end, near) = (end(part), cut(all, parts, part));
                    let is_line = (offset + end).is_multiple_of(16);
                    let what = (offset, parts, part);
                    assert!(end % 24 == 0 && end <= near && near - end < 2 * 24, "{what:?}");
                    assert_eq!(is_line, offset % 8 == 0, "{what:?}");
                }
            }
        }
    }
}
