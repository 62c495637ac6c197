//! The layers of a network as data: sizes, and for each kind of register the functions of its activations
//! and of its end. What goes over blocks of examples reads them here, and so is compiled once for all
//! networks; products with curvature matrices still go over the list, for each network.

use super::list::{Activates, Ends, Last, Layers, Step};
use super::passes::end::{OfCosts, OfOutputs, OfPullBacks, costs_and_deltas, outputs, pull_backs};
use super::passes::layer::{OfActivation, activate};
use super::registers::{Float, as_large, each, same};

/// A hidden layer, and those behind it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Hidden<T: 'static> {
    pub(crate) s_out: usize,
    pub(crate) activate: OfActivation<T>,
    behind: Option<&'static Self>,
}

/// The layers from some layer on, behind one of `s_in` units.
#[derive(Debug)]
pub(crate) struct Plan<T: 'static> {
    pub(crate) s_in: usize,
    hidden: Option<&'static Hidden<T>>,
    /// s_L.
    pub(crate) s_out: usize,
}

// By hand: it can be copied whatever the scalar.
impl<T> Clone for Plan<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Plan<T> {}

impl<T: Float> Plan<T> {
    /// That of a network.
    #[inline(always)]
    pub(crate) fn of<L: Planned>() -> Self {
        let hidden =
            if const { as_large::<T, f32>() } { *same(&L::SINGLE) } else { *same(&L::DOUBLE) };
        Self { s_in: L::S_IN, hidden, s_out: L::S_OUT }
    }
}

impl<T> Plan<T> {
    /// The last entry of Θ, up to this one, at which a row of [bias | weights]ᵀ begins.
    pub(crate) fn row_at(mut self, entry: usize) -> usize {
        let mut first = 0;
        while let Some((hidden, behind)) = self.split_first() {
            let all = hidden.s_out * (self.s_in + 1);
            if entry < first + all {
                return entry - (entry - first) % hidden.s_out;
            }
            (first, self) = (first + all, behind);
        }
        entry - (entry - first) % self.s_out
    }

    /// The first hidden layer, and the layers behind it.
    pub(crate) fn split_first(self) -> Option<(&'static Hidden<T>, Self)> {
        let Self { hidden, s_out, .. } = self;
        hidden.map(|first| (first, Self { s_in: first.s_out, hidden: first.behind, s_out }))
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
    fn costs<T: Float, const GRADIENT: bool, const WEIGHTED: bool>() -> OfCosts<T>;
}

impl<G: Activates, const S_OUT: usize, const S_IN: usize, R: Planned> Planned
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
    fn costs<T: Float, const GRADIENT: bool, const WEIGHTED: bool>() -> OfCosts<T> {
        R::costs::<T, GRADIENT, WEIGHTED>()
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
    fn costs<T: Float, const GRADIENT: bool, const WEIGHTED: bool>() -> OfCosts<T> {
        each!(T: costs_and_deltas, E::H, E::C; S_OUT, GRADIENT, WEIGHTED)
    }
}
