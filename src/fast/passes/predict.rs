//! Forward, of one example: z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] and a⁽ˡ⁾ = g(z⁽ˡ⁾) with the units in registers, a whole
//! network in one function.

use core::hint::black_box;
use core::ptr;

use super::end::STACK;
use crate::activation::Activation;
use crate::cost::Cost;
use crate::fast::list::{Layers, Pass};
use crate::fast::registers::{Float, Lanes, WIDEST};
use crate::output::Output;

/// h_Θ(x) of the layers that this is shown.
pub(crate) struct Predict<'a, V: Lanes> {
    pub(crate) theta: &'a [V::Scalar],
    pub(crate) a: &'a [V::Scalar],
    pub(crate) output: &'a mut [V::Scalar],
}

impl<V: Lanes> Pass for Predict<'_, V> {
    type Output = ();

    #[inline(always)]
    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) {
        let Self { theta, a, output } = self;
        let (theta, theta_rest) = theta.split_at(S_OUT * (S_IN + 1));
        let mut next = Units::<V::Scalar, S_OUT>::zeros();
        next.z::<V, S_IN>(theta, a);
        activate::<V, G, S_OUT>(&mut next);
        Rest::walk(Predict::<V> { theta: theta_rest, a: next.entries_for::<V>(), output });
    }

    #[inline(always)]
    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) {
        let Self { theta, a, output } = self;
        output_of_one::<V, H, S_OUT, S_IN>(theta, a, output);
    }
}

/// The units of one layer, at the beginning of a cache line; the last line is theirs to its end.
#[repr(align(64))]
struct Units<T, const S: usize>([T; S]);

impl<T: Float, const S: usize> Units<T, S> {
    #[inline(always)]
    fn zeros() -> Self {
        Self([T::zero(); S])
    }

    #[inline(always)]
    const fn entries(&self) -> &[T; S] {
        &self.0
    }

    /// The entries, of two registers read from memory: there a load gives one of them to all lanes. The
    /// compiler would take each out of its register by shuffles, and keep weights on the stack meanwhile; of
    /// one register it does well, and more it leaves in memory.
    #[inline(always)]
    fn entries_for<V: Lanes<Scalar = T>>(&self) -> &[T; S] {
        if const { V::LANES < S && S <= 2 * V::LANES } { black_box(&self.0) } else { &self.0 }
    }

    /// z = bias + weights · a. Registers are stored whole: what is read behind a store of some lanes alone
    /// waits until it is in the cache.
    #[inline(always)]
    fn z<V: Lanes<Scalar = T>, const S_IN: usize>(&mut self, theta: &[T], a: &[T]) {
        #[cfg(narrow)]
        z::<V, S, S_IN>(theta, a, &mut self.0);
        #[cfg(not(narrow))]
        {
            const { assert!(size_of::<V>() <= align_of::<Self>()) };
            // In front of both: sizes that are constants unroll the loops.
            assert!(theta.len() == S * (S_IN + 1) && a.len() == S_IN);
            if const { few_units::<V>(S, S_IN) } {
                return few::<V, S, S_IN>(theta, a, &mut self.0);
            }
            // SAFETY: the sizes have just been held against the slices; a register that begins with a unit
            // ends in the cache line that is the unit's.
            unsafe { all_units::<V, true, S, S_IN>(theta, a, ptr::from_mut(self).cast()) };
        }
    }
}

/// z = bias + weights · a.
#[inline(always)]
fn z<V: Lanes, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V::Scalar],
    z: &mut [V::Scalar; S_OUT],
) {
    #[cfg(narrow)]
    {
        // Here the sizes are constants, and a panic is not linked.
        assert!(theta.len() == S_OUT * (S_IN + 1) && a.len() == S_IN);
        // SAFETY: the assertion.
        unsafe { crate::fast::narrow::z(theta, a, z) };
    }
    #[cfg(not(narrow))]
    in_registers::<V, S_OUT, S_IN>(theta, a, z);
}

/// z = bias + weights · a.
///
/// Eight chains of multiply-adds run side by side, in as many registers of units as there are, or
/// in parts of the sum: a chain alone would wait for its own last result.
#[inline(always)]
pub(crate) fn in_registers<V: Lanes, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V::Scalar],
    z: &mut [V::Scalar; S_OUT],
) {
    assert!(theta.len() == S_OUT * (S_IN + 1) && a.len() == S_IN);
    if const { few_units::<V>(S_OUT, S_IN) } {
        return few::<V, S_OUT, S_IN>(theta, a, z);
    }
    // SAFETY: the sizes are those just held against the slices.
    unsafe { all_units::<V, false, S_OUT, S_IN>(theta, a, z.as_mut_ptr()) };
}

/// Whether there are so few that inputs go side by side: [`few`].
const fn few_units<V: Lanes>(s_out: usize, s_in: usize) -> bool {
    s_out <= 2 && s_in >= V::LANES
}

/// z of all units, `WHOLE` register by register, to the end of the last one.
///
/// # Safety
///
/// `theta` has S_OUT · (S_IN + 1) entries, `a` has S_IN, and at `z` S_OUT can be written, `WHOLE` registers of
/// them.
#[inline(always)]
unsafe fn all_units<V: Lanes, const WHOLE: bool, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V::Scalar],
    z: *mut V::Scalar,
) {
    // Constants, so that of the five only those are compiled that this size takes.
    // SAFETY: the caller's promise; each call stays with its units below S_OUT.
    unsafe {
        if const { S_OUT >= 8 * V::LANES } {
            let mut unit = 0;
            while unit + 8 * V::LANES <= S_OUT {
                units::<V, 8, 1, false, WHOLE, S_OUT, S_IN>(theta, a, z, unit);
                unit += 8 * V::LANES;
            }
        }
        if const { S_OUT % (8 * V::LANES) >= 4 * V::LANES } {
            let unit = S_OUT - S_OUT % (8 * V::LANES);
            units::<V, 4, 2, false, WHOLE, S_OUT, S_IN>(theta, a, z, unit);
        }
        if const { S_OUT % (4 * V::LANES) >= 2 * V::LANES } {
            let unit = S_OUT - S_OUT % (4 * V::LANES);
            units::<V, 2, 4, false, WHOLE, S_OUT, S_IN>(theta, a, z, unit);
        }
        if const { S_OUT % (2 * V::LANES) >= V::LANES } {
            let unit = S_OUT - S_OUT % (2 * V::LANES);
            units::<V, 1, 8, false, WHOLE, S_OUT, S_IN>(theta, a, z, unit);
        }
        if const { !S_OUT.is_multiple_of(V::LANES) } {
            let unit = S_OUT - S_OUT % V::LANES;
            units::<V, 1, 8, true, WHOLE, S_OUT, S_IN>(theta, a, z, unit);
        }
    }
}

/// z of one or two units, with the inputs side by side: a register of the weights, which lie unit
/// by unit for each input, times each input as often as there are units.
#[inline(always)]
fn few<V: Lanes, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V::Scalar],
    z: &mut [V::Scalar; S_OUT],
) {
    /// Inputs that are repeated at a time, if they are more: whole rounds of the sums.
    const INPUTS: usize = 1024;
    let (bias, weights) = theta.split_at(S_OUT);
    let mut sums = [V::zero(); 4];
    if const { S_IN <= INPUTS } {
        add_products::<V, S_OUT, S_IN>(&mut sums, weights, a);
    } else {
        for (weights, a) in weights.chunks(S_OUT * INPUTS).zip(a.chunks(INPUTS)) {
            add_products::<V, S_OUT, INPUTS>(&mut sums, weights, a);
        }
    }
    let sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    let totals = if S_OUT == 1 { [sum.total(); 2] } else { sum.alternate_totals() };
    for ((z, &bias), total) in z.iter_mut().zip(bias).zip(totals) {
        *z = bias + total;
    }
}

/// The products of [`few`] for up to `ROOM` inputs, register by register to four sums in turn.
#[inline(always)]
fn add_products<V: Lanes, const S_OUT: usize, const ROOM: usize>(
    sums: &mut [V; 4],
    weights: &[V::Scalar],
    a: &[V::Scalar],
) {
    let mut repeated = [[V::Scalar::default(); S_OUT]; ROOM];
    for (repeated, &a) in repeated.iter_mut().zip(a) {
        *repeated = [a; S_OUT];
    }
    let repeated = repeated.as_flattened();
    let products = weights.len();
    assert!(products <= repeated.len());
    let mut at = 0;
    while at < products {
        let n = V::LANES.min(products - at);
        let sum = &mut sums[at / V::LANES % 4];
        // SAFETY: both have as many entries as there are products.
        unsafe {
            let (weights, repeated) = (weights.as_ptr().add(at), repeated.as_ptr().add(at));
            *sum = if n == V::LANES {
                V::load(weights).mul_add(V::load(repeated), *sum)
            } else {
                V::load_first(weights, n).mul_add(V::load_first(repeated, n), *sum)
            };
        }
        at += V::LANES;
    }
}

/// `NV` registers of units from `unit` on, in `PARTS` parts of the sum; with `TAIL` one register
/// that is not full, and is stored `WHOLE` all the same.
///
/// # Safety
///
/// As for [`all_units`], and the units are below S_OUT.
#[inline(always)]
unsafe fn units<
    V: Lanes,
    const NV: usize,
    const PARTS: usize,
    const TAIL: bool,
    const WHOLE: bool,
    const S_OUT: usize,
    const S_IN: usize,
>(
    theta: &[V::Scalar],
    a: &[V::Scalar],
    z: *mut V::Scalar,
    unit: usize,
) {
    let last = if TAIL { S_OUT % V::LANES } else { V::LANES };
    let mut sums = [[V::zero(); NV]; PARTS];
    // SAFETY: column `input` of the weights, and a bias, have S_OUT entries.
    unsafe {
        let bias = theta.as_ptr().add(unit);
        let weights = bias.add(S_OUT);
        for (v, sum) in sums[0].iter_mut().enumerate() {
            *sum = load::<V, TAIL>(bias.add(v * V::LANES), last);
        }
        let mut input = 0;
        while input + PARTS <= S_IN {
            for (part, sums) in sums.iter_mut().enumerate() {
                let column = weights.add((input + part) * S_OUT);
                let factor = V::splat(*a.as_ptr().add(input + part));
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = factor.mul_add(load::<V, TAIL>(column.add(v * V::LANES), last), *sum);
                }
            }
            input += PARTS;
        }
        while input < S_IN {
            let column = weights.add(input * S_OUT);
            let factor = V::splat(*a.as_ptr().add(input));
            for (v, sum) in sums[0].iter_mut().enumerate() {
                *sum = factor.mul_add(load::<V, TAIL>(column.add(v * V::LANES), last), *sum);
            }
            input += 1;
        }
        let mut width = PARTS / 2;
        while width > 0 {
            let (sums, others) = sums.split_at_mut(width);
            for (sums, others) in sums.iter_mut().zip(others) {
                for (sum, &other) in sums.iter_mut().zip(&*others) {
                    *sum = *sum + other;
                }
            }
            width /= 2;
        }
        for (v, sum) in sums[0].iter().enumerate() {
            let to = z.add(unit + v * V::LANES);
            if TAIL && !WHOLE { sum.store_first(to, last) } else { sum.store(to) }
        }
    }
}

/// # Safety
///
/// `LANES` scalars can be read, with `TAIL` `last` of them.
#[inline(always)]
unsafe fn load<V: Lanes, const TAIL: bool>(from: *const V::Scalar, last: usize) -> V {
    // SAFETY: the caller's promise.
    unsafe { if TAIL { V::load_first(from, last) } else { V::load(from) } }
}

/// a = g(z), in place.
#[inline(always)]
fn activate<V: Lanes, G: Activation, const S: usize>(z: &mut Units<V::Scalar, S>) {
    const { assert!(size_of::<V>() <= align_of::<Units<V::Scalar, S>>()) };
    let mut unit = 0;
    while unit < S {
        let n = V::LANES.min(S - unit);
        // SAFETY: `n` units from `unit` on are there, and a register's room.
        unsafe {
            let at = ptr::from_mut(z).cast::<V::Scalar>().add(unit);
            if n == V::LANES {
                G::g(V::load(at)).store(at);
            } else {
                G::g(V::load_first(at, n)).store(at);
            }
        }
        unit += V::LANES;
    }
}

/// a⁽ᴸ⁾ of one example, from a⁽ᴸ⁻¹⁾.
#[inline(always)]
fn output_of_one<V: Lanes, H: Output, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V::Scalar],
    output: &mut [V::Scalar],
) {
    if const { S_OUT * size_of::<V::Narrow>() > STACK } {
        let output = output.first_chunk_mut().expect("as many outputs as units");
        z::<V, S_OUT, S_IN>(theta, a, output);
        H::h_in_place::<V::Scalar, S_OUT>(output);
    } else {
        one_in_lanes::<V, H, S_OUT, S_IN>(theta, a, output);
    }
}

#[inline(always)]
fn one_in_lanes<V: Lanes, H: Output, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V::Scalar],
    output: &mut [V::Scalar],
) {
    let mut last = Units::<V::Scalar, S_OUT>::zeros();
    last.z::<V, S_IN>(theta, a);
    output_in_lanes::<V::Narrow, H, S_OUT>(last.entries(), output);
}

/// h(z) of one example: in every lane the same, so that its functions are those of a block.
#[inline(always)]
fn output_in_lanes<V: Lanes, H: Output, const S: usize>(
    z: &[V::Scalar; S],
    output: &mut [V::Scalar],
) {
    let mut registers = [V::zero(); S];
    for (register, &z) in registers.iter_mut().zip(z) {
        *register = V::splat(z);
    }
    for (output, register) in output.iter_mut().zip(&H::h(&registers)) {
        let mut lanes = [V::Scalar::default(); WIDEST];
        // SAFETY: no register is wider than the widest.
        unsafe { register.store(lanes.as_mut_ptr()) };
        *output = lanes[0];
    }
}
