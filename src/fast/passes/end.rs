//! What comes behind z⁽ᴸ⁾: predictions, or δ⁽ᴸ⁾ with costs or of a ∂J/∂a⁽ᴸ⁾ that is given, with one example in
//! each lane.

use core::marker::PhantomData;

use nalgebra::{ComplexField, RealField};

use super::layer::largest;
use crate::batch::dropout::Drops;
use crate::cost::{Compared, Cost, Predicted, Target};
use crate::fast::memory::Examples;
use crate::output::Output;

use crate::fast::registers::{Each, Float, Lanes, Task, WIDEST};

/// What is wanted of z⁽ᴸ⁾.
pub(crate) trait End<V: Lanes> {
    /// Whether δ will be wanted, and so g′ on the way.
    fn wants_gradient(&self) -> bool;

    /// Whether the largest |a⁽ˡ⁾| will be.
    fn wants_largest(&self) -> bool {
        false
    }

    /// Hears the largest |a⁽ˡ⁾| of a layer, if it is wanted.
    fn hear(&mut self, _largest_a: V::Scalar) {}

    /// Sees, and may change, a⁽ˡ⁾ and if it is wanted g′(z⁽ˡ⁾) of `count` examples in a hidden layer
    /// of so many units, in rows of such a stride.
    fn hidden(
        &mut self,
        _layer: usize,
        _units_and_stride: [usize; 2],
        _count: usize,
        _a: &mut [V::Scalar],
        _g_prime: &mut [V::Scalar],
    ) {
    }

    /// Takes z⁽ᴸ⁾ of `count` examples of so many units, in rows of such a stride, unless `poison` or some z
    /// is not finite: then it does nothing, and says so by `false`.
    fn end(
        &mut self,
        z: &mut [V::Scalar],
        units_and_stride: [usize; 2],
        count: usize,
        poison: V::Scalar,
    ) -> bool;
}

/// Registers of so many bytes in all may stand for z⁽ᴸ⁾ on the stack; beyond, one example at a
/// time is computed in place, by the functions of the standard library or of `libm`.
pub(super) const STACK: usize = 16 * 1024;

/// h_Θ(x) of a block, one behind the other.
pub(crate) struct Predictions<'a, T> {
    pub(crate) checked: bool,
    pub(crate) outputs: &'a mut [T],
    pub(crate) by: OfOutputs<T>,
}

impl<V: Lanes> End<V> for Predictions<'_, V::Scalar> {
    fn wants_gradient(&self) -> bool {
        false
    }

    fn end(
        &mut self,
        z: &mut [V::Scalar],
        [units, stride]: [usize; 2],
        count: usize,
        poison: V::Scalar,
    ) -> bool {
        if !self.checked && !all_finite::<V>(z, [units, stride], count, poison) {
            return false;
        }
        V::of(&self.by)(Outputs { stride, z, outputs: &mut self.outputs[..count * units] });
        true
    }
}

/// The cost of each example of a block, or of some of its rows; with `gradient`, z⁽ᴸ⁾ becomes δ⁽ᴸ⁾ times `scale`. With 1/m for that,
/// no Δ needs to be divided.
pub(crate) struct Costs<'a, T> {
    pub(crate) checked: bool,
    pub(crate) gradient: bool,
    pub(crate) targets: &'a [T],
    pub(crate) scale: T,
    /// A weight for each example, or none.
    pub(crate) weights: &'a [T],
    /// Dropout in the hidden layers.
    pub(crate) drops: Option<Drops<'a>>,
    /// The number of the first example in the batch.
    pub(crate) first: usize,
    pub(crate) by: OfCosts<T>,
    pub(crate) costs: &'a mut [T],
    pub(crate) watched: bool,
    /// At least 1, and if they are watched every |a|.
    pub(crate) largest_a: T,
}

impl<V: Lanes> End<V> for Costs<'_, V::Scalar> {
    fn wants_gradient(&self) -> bool {
        self.gradient
    }

    fn wants_largest(&self) -> bool {
        self.watched
    }

    fn hear(&mut self, largest_a: V::Scalar) {
        self.largest_a = self.largest_a.max(largest_a);
    }

    fn hidden(
        &mut self,
        layer: usize,
        [units, stride]: [usize; 2],
        count: usize,
        a: &mut [V::Scalar],
        g_prime: &mut [V::Scalar],
    ) {
        // What an example of weight 0 overflows to must not come back by way of its g′.
        let weights = self.weights.iter().enumerate();
        for (example, _) in weights.filter(|(_, weight)| **weight == nalgebra::zero()) {
            let row = example * stride..example * stride + units;
            a[row.clone()].fill(nalgebra::zero());
            g_prime[row].fill(nalgebra::zero());
        }
        if let Some(drops) = &mut self.drops {
            let (a, g_prime) = (&mut a[..count * stride], &mut g_prime[..count * stride]);
            drops.apply(layer, self.first, [units, stride], a, g_prime);
        }
    }

    fn end(
        &mut self,
        z: &mut [V::Scalar],
        [units, stride]: [usize; 2],
        count: usize,
        poison: V::Scalar,
    ) -> bool {
        if !self.checked && !all_finite::<V>(z, [units, stride], count, poison) {
            return false;
        }
        let targets = &self.targets[..count * units];
        let Self { scale, weights, .. } = *self;
        let costs = &mut self.costs[..count];
        V::of(&self.by)(CostsAndDeltas { stride, z, targets, scale, weights, costs });
        true
    }
}

/// [`outputs`] for each kind of register.
pub(crate) type OfOutputs<T> = Each<for<'a> fn(Outputs<'a, T>)>;

/// z⁽ᴸ⁾ of as many examples as there is room for outputs.
#[derive(Debug)]
pub struct Outputs<'a, T> {
    stride: usize,
    z: &'a [T],
    outputs: &'a mut [T],
}

/// a⁽ᴸ⁾ = h(z⁽ᴸ⁾).
pub(crate) fn outputs<V: Lanes, H: Output, const S: usize>(of: Outputs<'_, V::Scalar>) {
    V::call(OutputsBy::<H, _, S> { of, output: PhantomData });
}

struct OutputsBy<'a, H, T, const S: usize> {
    of: Outputs<'a, T>,
    output: PhantomData<H>,
}

impl<H: Output, T: Float, const S: usize> Task<T> for OutputsBy<'_, H, T, S> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        if const { S * size_of::<V>() > STACK } {
            self.in_place()
        } else {
            self.in_lanes::<V::Alone>()
        }
    }
}

// Functions of their own, here and below: unoptimized, what a branch that is not taken has on the
// stack would be there.
impl<H: Output, T: Float, const S: usize> OutputsBy<'_, H, T, S> {
    #[inline(always)]
    fn in_place(self) {
        let Outputs { stride, z, outputs } = self.of;
        let (outputs, _) = outputs.as_chunks_mut::<S>();
        for (z, output) in z.chunks_exact(stride).zip(outputs) {
            output.copy_from_slice(&z[..S]);
            H::h_in_place(output);
        }
    }

    #[inline(always)]
    fn in_lanes<V: Lanes<Scalar = T>>(self) {
        let Outputs { stride, z, outputs } = self.of;
        for (z, outputs) in z.chunks(V::LANES * stride).zip(outputs.chunks_mut(V::LANES * S)) {
            let lanes = outputs.len() / S;
            scatter::<V, S>(&H::h(&gather::<V, S>(z, stride, lanes)), outputs, S, lanes);
        }
    }
}

/// [`costs_and_deltas`] for each kind of register.
pub(crate) type OfCosts<T> = Each<for<'a> fn(CostsAndDeltas<'a, T>)>;

/// z⁽ᴸ⁾ of as many examples as there are targets.
#[derive(Debug)]
pub struct CostsAndDeltas<'a, T> {
    stride: usize,
    z: &'a mut [T],
    targets: &'a [T],
    scale: T,
    weights: &'a [T],
    costs: &'a mut [T],
}

/// The cost of each example; with `GRADIENT` δ⁽ᴸ⁾ times `scale` in place of z⁽ᴸ⁾. If there are weights, each cost and
/// δ⁽ᴸ⁾ is multiplied with its own; with 0 they are 0, also where they are out of range.
pub(crate) fn costs_and_deltas<
    V: Lanes,
    H: Output,
    C: Cost<H>,
    const S: usize,
    const GRADIENT: bool,
>(
    of: CostsAndDeltas<'_, V::Scalar>,
) {
    V::call(CostsBy::<H, C, _, S, GRADIENT> { of, kind: PhantomData })
}

struct CostsBy<'a, H, C, T, const S: usize, const GRADIENT: bool> {
    of: CostsAndDeltas<'a, T>,
    kind: PhantomData<(H, C)>,
}

impl<H, C, T, const S: usize, const GRADIENT: bool> Task<T> for CostsBy<'_, H, C, T, S, GRADIENT>
where
    H: Output,
    C: Cost<H>,
    T: Float,
{
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        if const { S * size_of::<V>() > STACK } {
            self.in_place()
        } else {
            self.in_lanes::<V::Alone>()
        }
    }
}

impl<H, C, T, const S: usize, const GRADIENT: bool> CostsBy<'_, H, C, T, S, GRADIENT>
where
    H: Output,
    C: Cost<H>,
    T: Float,
{
    #[inline(always)]
    fn in_place(self) {
        let CostsAndDeltas { stride, z, targets, scale, weights, costs } = self.of;
        let (targets, _) = targets.as_chunks::<S>();
        for (example, (z, y)) in z.chunks_exact_mut(stride).zip(targets).enumerate() {
            let z: &mut [T; S] = z.first_chunk_mut().expect("a row has S units");
            let weight = if weights.is_empty() { T::one() } else { weights[example] };
            if weight.is_zero() {
                z.fill(T::zero());
                costs[example] = T::zero();
                continue;
            }
            if !GRADIENT {
                costs[example] = C::cost_in_place(z, y) * weight;
                continue;
            }
            costs[example] = C::delta_in_place(z, y) * weight;
            let scale = scale * weight;
            for delta in z {
                *delta *= scale;
            }
        }
    }

    #[inline(always)]
    fn in_lanes<V: Lanes<Scalar = T>>(self) {
        let CostsAndDeltas { stride, z, targets, scale, weights, costs } = self.of;
        let blocks = z.chunks_mut(V::LANES * stride).zip(targets.chunks(V::LANES * S));
        for (block, (rows, targets)) in blocks.enumerate() {
            let (first, lanes) = (block * V::LANES, targets.len() / S);
            let z = gather::<V, S>(rows, stride, lanes);
            let y = gather::<V, S>(targets, S, lanes);
            let a = H::h(&z);
            let compared = Compared { z: &z, a: Predicted(&a), y: Target(&y) };
            let costs = &mut costs[first..first + lanes];
            // SAFETY: there are so many costs, no more than lanes.
            unsafe { C::cost(compared).store_first(costs.as_mut_ptr(), lanes) };
            for (cost, &weight) in costs.iter_mut().zip(weights.get(first..).unwrap_or_default()) {
                // Also where it is out of range.
                *cost = if weight.is_zero() { T::zero() } else { *cost * weight };
            }
            if GRADIENT {
                let (zero, mut scale) = (V::zero(), V::splat(scale));
                let mut delta = C::delta(compared);
                if !weights.is_empty() {
                    let mut of_lanes = [T::zero(); WIDEST];
                    of_lanes[..lanes].copy_from_slice(&weights[first..first + lanes]);
                    // SAFETY: no register is wider than the widest.
                    let weights: V = unsafe { V::load(of_lanes.as_ptr()) };
                    scale = scale * weights;
                    for delta in &mut delta {
                        *delta = weights.abs().select_gt(zero, *delta, zero);
                    }
                }
                for delta in &mut delta {
                    *delta = *delta * scale;
                }
                scatter::<V, S>(&delta, rows, stride, lanes);
            }
        }
    }
}

/// [`pull_backs`] for each kind of register.
pub(crate) type OfPullBacks<T> = Each<for<'a> fn(PullBacks<'a, T>)>;

/// z⁽ᴸ⁾, a⁽ᴸ⁾ and ∂J/∂a⁽ᴸ⁾ of a block.
#[derive(Debug)]
pub struct PullBacks<'a, T> {
    pub(super) stride: usize,
    pub(super) z: &'a mut [T],
    pub(super) outputs: &'a [T],
    pub(super) dj_da: &'a [T],
    pub(super) scale: T,
}

/// δ⁽ᴸ⁾ times `scale` in place of z⁽ᴸ⁾.
pub(crate) fn pull_backs<V: Lanes, H: Output, const S: usize>(of: PullBacks<'_, V::Scalar>) {
    V::call(PullBacksBy::<H, _, S> { of, output: PhantomData });
}

struct PullBacksBy<'a, H, T, const S: usize> {
    of: PullBacks<'a, T>,
    output: PhantomData<H>,
}

impl<H: Output, T: Float, const S: usize> Task<T> for PullBacksBy<'_, H, T, S> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        if const { S * size_of::<V>() > STACK } { self.in_place() } else { self.in_lanes::<V>() }
    }
}

impl<H: Output, T: Float, const S: usize> PullBacksBy<'_, H, T, S> {
    #[inline(always)]
    fn in_place(self) {
        let PullBacks { stride, z, dj_da, scale, .. } = self.of;
        let (dj_da, _) = dj_da.as_chunks::<S>();
        for (z, dj_da) in z.chunks_exact_mut(stride).zip(dj_da) {
            let z: &mut [T; S] = z.first_chunk_mut().expect("a row has S units");
            H::pull_back_in_place(z, dj_da, |_, c| (T::zero(), *c));
            for delta in z {
                *delta *= scale;
            }
        }
    }

    #[inline(always)]
    fn in_lanes<V: Lanes<Scalar = T>>(self) {
        let PullBacks { stride, z, outputs, dj_da, scale } = self.of;
        let scale = V::splat(scale);
        let outputs = outputs.chunks(V::LANES * S).zip(dj_da.chunks(V::LANES * S));
        for (rows, (outputs, dj_da)) in z.chunks_mut(V::LANES * stride).zip(outputs) {
            let lanes = outputs.len() / S;
            let z = gather::<V, S>(rows, stride, lanes);
            let (a, c) = (gather::<V, S>(outputs, S, lanes), gather::<V, S>(dj_da, S, lanes));
            let mut delta = H::pull_back(&z, &a, &c);
            for delta in &mut delta {
                *delta = *delta * scale;
            }
            scatter::<V, S>(&delta, rows, stride, lanes);
        }
    }
}

/// Register i: unit i of `lanes` examples, whose rows are `stride` apart. The lanes beyond repeat
/// the last example, so that nothing odd happens in them.
#[inline(always)]
pub(super) fn gather<V: Lanes, const S: usize>(
    rows: &[V::Scalar],
    stride: usize,
    lanes: usize,
) -> [V; S] {
    const { assert!(V::LANES <= WIDEST) };
    assert!(lanes > 0 && lanes <= V::LANES && rows.len() >= (lanes - 1) * stride + S);
    let mut registers = [V::zero(); S];
    for (unit, register) in registers.iter_mut().enumerate() {
        let mut entries = [V::Scalar::default(); WIDEST];
        for (lane, entry) in entries.iter_mut().enumerate().take(V::LANES) {
            // SAFETY: the row is one of `lanes`, whose units the assertion holds to be there.
            *entry = unsafe { *rows.get_unchecked(lane.min(lanes - 1) * stride + unit) };
        }
        // SAFETY: no register is wider than the widest.
        *register = unsafe { V::load(entries.as_ptr()) };
    }
    registers
}

/// The inverse of [`gather`].
#[inline(always)]
pub(super) fn scatter<V: Lanes, const S: usize>(
    registers: &[V; S],
    rows: &mut [V::Scalar],
    stride: usize,
    lanes: usize,
) {
    const { assert!(V::LANES <= WIDEST) };
    assert!(lanes > 0 && lanes <= V::LANES && rows.len() >= (lanes - 1) * stride + S);
    for (unit, register) in registers.iter().enumerate() {
        let mut entries = [V::Scalar::default(); WIDEST];
        // SAFETY: no register is wider than the widest; the rows' units are there, says the
        // assertion.
        unsafe {
            register.store(entries.as_mut_ptr());
            for (lane, &entry) in entries.iter().enumerate().take(lanes) {
                *rows.get_unchecked_mut(lane * stride + unit) = entry;
            }
        }
    }
}

/// Whether `poison` and every z are finite.
fn all_finite<V: Lanes>(
    z: &[V::Scalar],
    [units, stride]: [usize; 2],
    count: usize,
    poison: V::Scalar,
) -> bool {
    let rows = Examples { entries: z, stride, count };
    poison.is_finite() && largest::<V>(rows, units).is_finite()
}
