//! What comes behind z⁽ᴸ⁾: predictions, or costs and δ⁽ᴸ⁾, with one example in each lane.

use core::marker::PhantomData;

use nalgebra::{ComplexField, RealField};

use super::layer::Largest;
use crate::batch::dropout::Drops;
use crate::cost::Cost;
use crate::fast::memory::Examples;
use crate::output::Output;

use crate::fast::registers::{Float, Lanes, Task};

/// What is wanted of z⁽ᴸ⁾.
pub trait End<V: Lanes> {
    /// Whether δ will be wanted, and so g′ on the way.
    const GRADIENT: bool;

    /// Hears the largest |a⁽ˡ⁾| of a layer.
    fn hear(&mut self, _largest_a: V::Scalar) {}

    /// Sees, and may change, a⁽ˡ⁾ and if it is wanted g′(z⁽ˡ⁾) of `count` examples in a hidden layer
    /// of so many units, in rows of such a stride.
    #[inline(always)]
    fn hidden(
        &mut self,
        _layer: usize,
        _units_and_stride: [usize; 2],
        _count: usize,
        _a: &mut [V::Scalar],
        _g_prime: &mut [V::Scalar],
    ) {
    }

    /// Takes z⁽ᴸ⁾ of `count` examples, in rows of such a stride, unless `poison` or some z is not finite: then it does
    /// nothing, and says so by `false`.
    fn end<H: Output, C: Cost<H>, const S: usize>(
        &mut self,
        z: &mut [V::Scalar],
        stride: usize,
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
}

impl<V: Lanes> End<V> for Predictions<'_, V::Scalar> {
    const GRADIENT: bool = false;

    fn end<H: Output, C: Cost<H>, const S: usize>(
        &mut self,
        z: &mut [V::Scalar],
        stride: usize,
        count: usize,
        poison: V::Scalar,
    ) -> bool {
        if !self.checked && !all_finite::<V>(z, [S, stride], count, poison) {
            return false;
        }
        let outputs = &mut self.outputs[..count * S];
        V::call(Outputs::<H, _, S> { output: PhantomData, stride, z, outputs });
        true
    }
}

/// Σ of the costs of a block; with `GRADIENT`, z⁽ᴸ⁾ becomes δ⁽ᴸ⁾ times `scale`. With 1/m for that,
/// no Δ needs to be divided.
pub(crate) struct Costs<'a, T, const GRADIENT: bool> {
    checked: bool,
    targets: &'a [T],
    scale: T,
    pub(crate) sum: T,
    /// At least 1, and every |a|.
    pub(crate) largest_a: T,
}

impl<'a, T: Float, const GRADIENT: bool> Costs<'a, T, GRADIENT> {
    pub(crate) fn new(targets: &'a [T], scale: T, checked: bool) -> Self {
        Self { checked, targets, scale, sum: T::zero(), largest_a: T::one() }
    }
}

impl<V: Lanes, const GRADIENT: bool> End<V> for Costs<'_, V::Scalar, GRADIENT> {
    const GRADIENT: bool = GRADIENT;

    fn hear(&mut self, largest_a: V::Scalar) {
        self.largest_a = self.largest_a.max(largest_a);
    }

    fn end<H: Output, C: Cost<H>, const S: usize>(
        &mut self,
        z: &mut [V::Scalar],
        stride: usize,
        count: usize,
        poison: V::Scalar,
    ) -> bool {
        self.costs::<V, H, C, S, false>((z, stride), count, poison, &[])
    }
}

impl<T: Float, const GRADIENT: bool> Costs<'_, T, GRADIENT> {
    /// [`End::end`], with a weight for each example if they are `WEIGHTED`.
    fn costs<V: Lanes<Scalar = T>, H: Output, C: Cost<H>, const S: usize, const WEIGHTED: bool>(
        &mut self,
        (z, stride): (&mut [T], usize),
        count: usize,
        poison: T,
        weights: &[T],
    ) -> bool {
        if !self.checked && !all_finite::<V>(z, [S, stride], count, poison) {
            return false;
        }
        self.sum = V::call(CostsAndDeltas::<H, C, _, S, GRADIENT, WEIGHTED> {
            kind: PhantomData,
            stride,
            z,
            targets: &self.targets[..count * S],
            scale: self.scale,
            weights,
        });
        true
    }
}

/// [`Costs`] with a weight for each example, and dropout in the hidden layers.
pub(crate) struct Varied<'a, 'b, T, const GRADIENT: bool> {
    pub(crate) costs: Costs<'a, T, GRADIENT>,
    pub(crate) weights: Option<&'a [T]>,
    pub(crate) drops: Option<&'b mut Drops<'a>>,
    /// The number of the block's first example in the batch.
    pub(crate) first: usize,
}

impl<V: Lanes, const GRADIENT: bool> End<V> for Varied<'_, '_, V::Scalar, GRADIENT> {
    const GRADIENT: bool = GRADIENT;

    fn hear(&mut self, largest_a: V::Scalar) {
        End::<V>::hear(&mut self.costs, largest_a);
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
        let weights = self.weights.unwrap_or_default().iter().enumerate();
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

    fn end<H: Output, C: Cost<H>, const S: usize>(
        &mut self,
        z: &mut [V::Scalar],
        stride: usize,
        count: usize,
        poison: V::Scalar,
    ) -> bool {
        match self.weights {
            Some(weights) => {
                self.costs.costs::<V, H, C, S, true>((z, stride), count, poison, weights)
            }
            None => self.costs.costs::<V, H, C, S, false>((z, stride), count, poison, &[]),
        }
    }
}

/// a⁽ᴸ⁾ = h(z⁽ᴸ⁾) of as many examples as there is room for outputs.
struct Outputs<'a, H, T, const S: usize> {
    output: PhantomData<H>,
    stride: usize,
    z: &'a [T],
    outputs: &'a mut [T],
}

impl<H: Output, T: Float, const S: usize> Task<T> for Outputs<'_, H, T, S> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        if const { S * size_of::<V>() > STACK } { self.in_place() } else { self.in_lanes::<V>() }
    }
}

// Functions of their own, here and below: unoptimized, what a branch that is not taken has on the
// stack would be there.
impl<H: Output, T: Float, const S: usize> Outputs<'_, H, T, S> {
    #[inline(always)]
    fn in_place(self) {
        let Self { stride, z, outputs, .. } = self;
        let (outputs, _) = outputs.as_chunks_mut::<S>();
        for (z, output) in z.chunks_exact(stride).zip(outputs) {
            output.copy_from_slice(&z[..S]);
            H::h_in_place(output);
        }
    }

    #[inline(always)]
    fn in_lanes<V: Lanes<Scalar = T>>(self) {
        let Self { stride, z, outputs, .. } = self;
        for (z, outputs) in z.chunks(V::LANES * stride).zip(outputs.chunks_mut(V::LANES * S)) {
            let lanes = outputs.len() / S;
            scatter::<V, S>(&H::h(&gather::<V, S>(z, stride, lanes)), outputs, S, lanes);
        }
    }
}

/// Σ of the costs of as many examples as there are targets; with `GRADIENT` δ⁽ᴸ⁾ times `scale` in
/// place of z⁽ᴸ⁾. If they are `WEIGHTED`, each cost and δ⁽ᴸ⁾ is multiplied with its weight; with 0 they
/// are 0, also where they are out of range.
struct CostsAndDeltas<'a, H, C, T, const S: usize, const GRADIENT: bool, const WEIGHTED: bool> {
    kind: PhantomData<(H, C)>,
    stride: usize,
    z: &'a mut [T],
    targets: &'a [T],
    scale: T,
    weights: &'a [T],
}

impl<H, C, T, const S: usize, const GRADIENT: bool, const WEIGHTED: bool> Task<T>
    for CostsAndDeltas<'_, H, C, T, S, GRADIENT, WEIGHTED>
where
    H: Output,
    C: Cost<H>,
    T: Float,
{
    type Output = T;

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) -> T {
        if const { S * size_of::<V>() > STACK } { self.in_place() } else { self.in_lanes::<V>() }
    }
}

impl<H, C, T, const S: usize, const GRADIENT: bool, const WEIGHTED: bool>
    CostsAndDeltas<'_, H, C, T, S, GRADIENT, WEIGHTED>
where
    H: Output,
    C: Cost<H>,
    T: Float,
{
    #[inline(always)]
    fn in_place(self) -> T {
        let Self { stride, z, targets, scale, weights, .. } = self;
        let (targets, _) = targets.as_chunks::<S>();
        let mut sum = T::zero();
        for (example, (z, y)) in z.chunks_exact_mut(stride).zip(targets).enumerate() {
            let z: &mut [T; S] = z.first_chunk_mut().expect("a row has S units");
            let weight = if WEIGHTED { weights[example] } else { T::one() };
            if WEIGHTED && weight.is_zero() {
                z.fill(T::zero());
                continue;
            }
            if !GRADIENT {
                sum += C::cost_in_place(z, y) * weight;
                continue;
            }
            sum += C::delta_in_place(z, y) * weight;
            let scale = scale * weight;
            for delta in z {
                *delta *= scale;
            }
        }
        sum
    }

    #[inline(always)]
    fn in_lanes<V: Lanes<Scalar = T>>(self) -> T {
        let Self { stride, z, targets, scale, weights, .. } = self;
        let weight = |example: usize| if WEIGHTED { weights[example] } else { T::one() };
        let mut sum = T::zero();
        let blocks = z.chunks_mut(V::LANES * stride).zip(targets.chunks(V::LANES * S));
        for (block, (rows, targets)) in blocks.enumerate() {
            let (first, lanes) = (block * V::LANES, targets.len() / S);
            let z = gather::<V, S>(rows, stride, lanes);
            let y = gather::<V, S>(targets, S, lanes);
            let a = H::h(&z);
            let mut costs = [T::zero(); WIDEST];
            // SAFETY: no register is wider than the widest.
            unsafe { C::cost(&z, &a, &y).store(costs.as_mut_ptr()) };
            for (lane, &cost) in costs[..lanes].iter().enumerate() {
                let weight = weight(first + lane);
                if !WEIGHTED || !weight.is_zero() {
                    sum += cost * weight;
                }
            }
            if GRADIENT {
                let (zero, mut scale) = (V::zero(), V::splat(scale));
                let mut delta = C::delta(&z, &a, &y);
                if WEIGHTED {
                    let mut of_lanes = [T::zero(); WIDEST];
                    of_lanes[..lanes].copy_from_slice(&weights[first..first + lanes]);
                    // SAFETY: no register is wider than the widest.
                    let weights: V = unsafe { V::load(of_lanes.as_ptr()) };
                    scale = scale * weights;
                    for delta in &mut delta {
                        *delta = weights.select_gt(zero, *delta, zero);
                    }
                }
                for delta in &mut delta {
                    *delta = *delta * scale;
                }
                scatter::<V, S>(&delta, rows, stride, lanes);
            }
        }
        sum
    }
}

/// The most lanes that a register has.
pub(super) const WIDEST: usize = 16;

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
    poison.is_finite() && V::call(Largest { rows, units }).is_finite()
}
