//! Registers of a few numbers side by side, and which of them this processor has.
//!
//! Kernels, activations and costs are written once, over [`Lanes`]; the compiler makes one copy
//! of them for each [`InstructionSet`]. The choice falls at run time, once for a whole call.

/// The functions of [`Real`] that are computed alike in every register of a scalar.
macro_rules! elementary_functions {
    ($scalar:ty: $($function:ident)*) => {
        $(
            #[inline(always)]
            fn $function(self) -> Self {
                <$scalar as Float>::$function(self)
            }
        )*
    };
}

mod math;

#[cfg_attr(simd128, path = "wasm.rs")]
mod portable;

#[macro_use]
mod shared;

#[cfg(all(test, feature = "std"))]
mod tests;

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(neon)]
mod neon;

use core::any::{Any, TypeId};
#[cfg(several_sets)]
use core::sync::atomic::{AtomicU8, Ordering};

use nalgebra::RealField;

use crate::error::Error;
#[cfg(unoptimized)]
use crate::fast::product::Tile;
use crate::fast::product::{Product, Transpose};
use crate::real::Real;

/// f32 or f64: the scalars that registers hold, and the functions that are computed in them.
pub trait Float: RealField + Copy + Default {
    /// A register that every processor has.
    type Portable: Lanes<Scalar = Self>;

    /// One number, where it is no faster to have several side by side.
    #[cfg(any(narrow, all(test, feature = "std")))]
    type Single: Lanes<Scalar = Self>;

    /// A register of AVX2.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Lanes<Scalar = Self>;

    /// A register of AVX-512.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Lanes<Scalar = Self>;

    /// Registers of NEON.
    #[cfg(neon)]
    type Neon: Lanes<Scalar = Self>;

    /// eˣ.
    fn exp<V: Lanes<Scalar = Self>>(x: V) -> V;

    /// eˣ − 1.
    fn exp_m1<V: Lanes<Scalar = Self>>(x: V) -> V;

    /// ln x.
    fn ln<V: Lanes<Scalar = Self>>(x: V) -> V;

    /// ln(1 + x).
    fn ln_1p<V: Lanes<Scalar = Self>>(x: V) -> V;

    /// tanh x.
    fn tanh<V: Lanes<Scalar = Self>>(x: V) -> V;

    /// 1/(1 + e⁻ˣ).
    fn sigmoid<V: Lanes<Scalar = Self>>(x: V) -> V;

    /// ln(1 + eˣ).
    fn softplus<V: Lanes<Scalar = Self>>(x: V) -> V;
}

/// Numbers side by side, in one register or in several: what is asked of them where each entry is by itself.
pub trait Entries: Real + Copy + 'static {
    /// What a lane holds.
    type Scalar: Float;

    /// How many lanes.
    const LANES: usize;

    /// `value` in every lane.
    fn splat(value: Self::Scalar) -> Self;

    /// As many scalars as there are lanes.
    ///
    /// # Safety
    ///
    /// `LANES` scalars can be read at `from`, whose alignment is that of a scalar.
    unsafe fn load(from: *const Self::Scalar) -> Self;

    /// The first `n` scalars, `n` up to `LANES`; the other lanes are 0.
    ///
    /// # Safety
    ///
    /// `n` scalars can be read at `from`.
    unsafe fn load_first(from: *const Self::Scalar, n: usize) -> Self;

    /// Writes every lane.
    ///
    /// # Safety
    ///
    /// `LANES` scalars can be written at `to`.
    unsafe fn store(self, to: *mut Self::Scalar);

    /// Writes the first `n` lanes, `n` up to `LANES`.
    ///
    /// # Safety
    ///
    /// `n` scalars can be written at `to`.
    unsafe fn store_first(self, to: *mut Self::Scalar, n: usize);

    /// `self · factor + term`, rounded once where the processor can.
    fn mul_add(self, factor: Self, term: Self) -> Self;
}

/// One register.
///
/// Its values exist only in code that [`run`] has called, or [`Each::current`] has chosen, after it saw
/// that the processor has such registers: that is what makes the instructions behind these functions safe to execute.
pub trait Lanes: Entries {
    /// What goes over entries one by one: this register, or a few of them where nothing is optimized.
    type Wide: Entries<Scalar = Self::Scalar>;

    /// What goes over entries where nothing depends on which are side by side: this register, or one number where
    /// the processor has no wider.
    type Alone: Lanes<Scalar = Self::Scalar>;

    /// A register of the same scalar for short rows; the same one where there is no shorter.
    type Narrow: Lanes<Scalar = Self::Scalar>;

    /// How many registers the processor has.
    const REGISTERS: usize;

    /// Whether products in these registers have no more columns than lanes.
    const SHORT: bool = false;

    /// Asks for the cache line of `at`, which may be anywhere, to be there soon.
    #[inline(always)]
    fn prefetch(_at: *const Self::Scalar) {}

    /// The nearest whole number, for |x| up to 2²² (f32) or 2⁵¹ (f64).
    fn round(self) -> Self;

    /// `self · 2ⁿ` for a whole `n` with |n| up to 250 (f32) or 2000 (f64), rounded once: also
    /// where the result is subnormal, 0 or infinite.
    fn times_power_of_two(self, n: Self) -> Self;

    /// `self · 2ⁿ`, and that plus `term`, which must not be subnormal: the same bits as by an addition. What computes 2ⁿ
    /// beside `self` does not wait for the product.
    #[inline(always)]
    fn times_power_of_two_and_sum(self, n: Self, term: Self) -> [Self; 2] {
        let product = self.times_power_of_two(n);
        [product, product + term]
    }

    /// ½ · 2ⁿ for a whole `n` from −125 to 128 (f32) or from −1021 to 1024 (f64).
    fn half_power_of_two(n: Self) -> Self;

    /// (m, e) with x = m · 2ᵉ and m from ¾ to below 1½, for positive x, also subnormal ones. Of 0
    /// and ∞ it is (1, −∞) and (1, ∞); e is NaN for a negative x and for NaN.
    fn mantissa_and_exponent(self) -> (Self, Self);

    /// |`self`| with the sign of `sign`.
    fn with_sign_of(self, sign: Self) -> Self;

    /// The sums of the even lanes and of the odd ones, always in the same order: halves, then
    /// halves of them, and so on.
    fn alternate_totals(self) -> [Self::Scalar; 2];

    /// The sum of all lanes, in that order.
    #[inline(always)]
    fn total(self) -> Self::Scalar {
        let [even, odd] = self.alternate_totals();
        even + odd
    }

    /// The largest lane, if that is above 0, NaN apart.
    #[inline(always)]
    fn largest(self) -> Self::Scalar {
        const { assert!(Self::LANES <= WIDEST) };
        let mut entries = [Self::Scalar::default(); WIDEST];
        // SAFETY: no register is wider than the widest.
        unsafe { self.store(entries.as_mut_ptr()) };
        let zero = Self::Scalar::default();
        entries.into_iter().fold(zero, |most, entry| if entry > most { entry } else { most })
    }

    /// The sum of all lanes of register i in lane i, 0 where there is none; always in the same
    /// order. Panics if there are more registers than lanes.
    #[inline(always)]
    fn totals(registers: &[Self]) -> Self {
        assert!(registers.len() <= Self::LANES && Self::LANES <= WIDEST);
        let mut entries = [Self::Scalar::default(); WIDEST];
        for (entry, register) in entries.iter_mut().zip(registers) {
            *entry = register.total();
        }
        // SAFETY: no register is wider than the widest.
        unsafe { Self::load(entries.as_ptr()) }
    }

    /// Runs `task` in such registers, as a function of its own: what many networks share is
    /// compiled once.
    fn call<K: Task<Self::Scalar>>(task: K) -> K::Output;

    /// That of these registers.
    fn of<K: Copy>(each: &Each<K>) -> K;

    /// Adds products to the sums of a tile, of each sum one after the other: what [`Product::run`] does there
    /// in a loop over intrinsics, where those are instructions.
    ///
    /// # Safety
    ///
    /// All that the tile says can be read, and its sums can be written.
    #[cfg(unoptimized)]
    unsafe fn add_products(tile: Tile<Self::Scalar>);

    /// [`Product::run`], compiled in this crate.
    fn product(product: &mut Product<'_, Self::Scalar>) -> Self::Scalar;

    /// [`Transpose::run`], compiled in this crate.
    fn transpose(transpose: &mut Transpose<'_, Self::Scalar>);

    /// Writes `LANES` rows of half as many scalars, or of the only one, transposed; rows are contiguous.
    ///
    /// # Safety
    ///
    /// They can be read at `from`, with rows `from_row` apart, and written at `to`, with rows
    /// `to_row` apart.
    #[inline(always)]
    unsafe fn transpose_strip(
        from: *const Self::Scalar,
        from_row: usize,
        to: *mut Self::Scalar,
        to_row: usize,
    ) {
        for row in 0..Self::LANES {
            for column in 0..Self::LANES.div_ceil(2) {
                // SAFETY: the caller's promise.
                unsafe { *to.add(column * to_row + row) = *from.add(row * from_row + column) };
            }
        }
    }
}

/// The most lanes that a register has.
pub(crate) const WIDEST: usize = 16;

/// The same for each kind of register: functions that are chosen at run time.
#[derive(Clone, Copy, Debug)]
pub struct Each<K> {
    pub(crate) portable: K,
    #[cfg(target_arch = "x86_64")]
    pub(crate) avx2: K,
    #[cfg(target_arch = "x86_64")]
    pub(crate) avx512: K,
    #[cfg(neon)]
    pub(crate) neon: K,
}

impl<K: Copy> Each<K> {
    /// That of the current [`InstructionSet`]. With [`Lanes::of`], which stays with it, it is all that chooses
    /// a function by its registers: no other is called that the processor has not.
    pub(crate) fn current(&self) -> K {
        match InstructionSet::current() {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => self.avx512,
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => self.avx2,
            #[cfg(neon)]
            InstructionSet::Neon => self.neon,
            _ => self.portable,
        }
    }
}

/// An [`Each`] of the function `$name::<V, …>` of the scalar `$scalar`.
macro_rules! each {
    ($scalar:ty: $name:ident $(, $argument:ty)* $(; $($number:expr),+)?) => {
        $crate::fast::registers::Each {
            portable: $name::<
                <$scalar as $crate::fast::registers::Float>::Portable,
                $($argument,)* $($({ $number }),+)?
            >,
            #[cfg(target_arch = "x86_64")]
            avx2: $name::<
                <$scalar as $crate::fast::registers::Float>::Avx2,
                $($argument,)* $($({ $number }),+)?
            >,
            #[cfg(target_arch = "x86_64")]
            avx512: $name::<
                <$scalar as $crate::fast::registers::Float>::Avx512,
                $($argument,)* $($({ $number }),+)?
            >,
            #[cfg(neon)]
            neon: $name::<
                <$scalar as $crate::fast::registers::Float>::Neon,
                $($argument,)* $($({ $number }),+)?
            >,
        }
    };
}

pub(crate) use each;
pub(crate) use shared::{compiled_here, either, once, shared};

/// Something to compute, with whichever registers there are.
pub trait Task<T: Float> {
    /// What comes of it.
    type Output;

    /// Computes it. Implementations are `#[inline(always)]`, so that all of it is compiled for
    /// the instruction set it runs on.
    fn run<V: Lanes<Scalar = T>>(self) -> Self::Output;
}

/// Runs `task` on the current [`InstructionSet`].
#[inline(always)]
pub(crate) fn run<T: Float, K: Task<T>>(task: K) -> K::Output {
    // SAFETY: `current` gives nothing that this processor has not.
    unsafe { run_on(InstructionSet::current(), task) }
}

/// Runs `task` on an [`InstructionSet`].
///
/// # Safety
///
/// The processor has it.
#[inline(always)]
unsafe fn run_on<T: Float, K: Task<T>>(set: InstructionSet, task: K) -> K::Output {
    match set {
        // SAFETY: the caller's promise.
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 => unsafe { x86::avx512(task) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => unsafe { x86::avx2(task) },
        #[cfg(neon)]
        InstructionSet::Neon => neon::run(task),
        _ => portable(task),
    }
}

// Where it is one of several, a function of its own, as the others are: once for all who call.
#[cfg_attr(several_sets, inline(never))]
#[cfg_attr(not(several_sets), inline(always))]
fn portable<T: Float, K: Task<T>>(task: K) -> K::Output {
    task.run::<T::Portable>()
}

/// The instructions that kernels for `f32` and `f64` use.
///
/// The best set that the processor has is found at the first call. The environment variable
/// `CONSTPROP_INSTRUCTIONS` (`portable`, `avx2`, `avx512` or `neon`) or [`pin`](InstructionSet::pin)
/// choose another, for tests, and for who needs the same bits on machines that differ: results
/// are the same to the last bit on every processor with the same set, whatever stands beside an
/// example. From one set to another they differ by rounding, and so do predictions of fewer than
/// four examples, which are computed one by one, from those of more. (With more than 256 outputs,
/// 512 or 1024 by set, h and the cost are computed by the platform's own exp and ln: the same bits
/// on one platform.)
/// A name in the variable that is none of these, or of a set that the processor has not, is
/// passed over.
///
/// ```
/// use constprop::InstructionSet;
///
/// assert!(InstructionSet::Portable.is_available());
/// InstructionSet::Portable.pin()?;
/// assert_eq!(InstructionSet::current(), InstructionSet::Portable);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstructionSet {
    /// What every processor of the target has, one multiplication and one addition at a time: SSE2 on x86-64,
    /// NEON on AArch64. The bits are the same on every processor there is.
    Portable,
    /// AVX2 and FMA, on x86-64.
    Avx2,
    /// AVX-512 (F, BW, DQ and VL), on x86-64.
    Avx512,
    /// NEON with its fused multiply-add, on AArch64: the bits of [`Avx2`](InstructionSet::Avx2).
    Neon,
}

// 0: not looked for yet; else 1 + the position in `InstructionSet::ALL`. Only where there are several sets: a
// processor without compare-and-swap has one, and there nothing is chosen, stored or linked.
#[cfg(several_sets)]
static CURRENT: AtomicU8 = AtomicU8::new(0);

impl InstructionSet {
    /// Every set, from the plainest on.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Neon];

    /// The one in use.
    #[inline]
    #[must_use]
    pub fn current() -> Self {
        #[cfg(several_sets)]
        match CURRENT.load(Ordering::Relaxed) {
            1 => Self::Portable,
            #[cfg(target_arch = "x86_64")]
            2 => Self::Avx2,
            #[cfg(target_arch = "x86_64")]
            3 => Self::Avx512,
            #[cfg(neon)]
            4 => Self::Neon,
            _ => Self::choose(),
        }
        #[cfg(not(several_sets))]
        Self::Portable
    }

    /// The best one that this processor has.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|set| set.is_available()).unwrap_or(Self::Portable)
    }

    /// Uses this one from now on, in every thread.
    ///
    /// # Errors
    ///
    /// [`Error::Instructions`] if the processor has it not; nothing changes then.
    pub fn pin(self) -> Result<(), Error> {
        if !self.is_available() {
            return Err(Error::Instructions { name: self.name() });
        }
        #[cfg(several_sets)]
        CURRENT.store(self as u8 + 1, Ordering::Relaxed);
        Ok(())
    }

    /// Whether this processor has it. Without the feature `std` nothing is looked for at run
    /// time: then it is what the build was told of.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::has_avx2(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => x86::has_avx512(),
            #[cfg(neon)]
            Self::Neon => true,
            _ => false,
        }
    }

    /// Its name, as in the environment variable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }

    #[cfg(several_sets)]
    #[cold]
    fn choose() -> Self {
        let chosen = Self::asked_for().unwrap_or_else(Self::best);
        let (chosen_as, relaxed) = (chosen as u8 + 1, Ordering::Relaxed);
        // A pin that came in between stays.
        match CURRENT.compare_exchange(0, chosen_as, relaxed, relaxed) {
            Ok(_) => chosen,
            Err(pinned) => Self::ALL[usize::from(pinned) - 1],
        }
    }

    /// What the environment asks for, if there is such a set and the processor has it.
    #[cfg(all(several_sets, feature = "std"))]
    fn asked_for() -> Option<Self> {
        let name = std::env::var("CONSTPROP_INSTRUCTIONS").ok()?;
        Self::ALL.into_iter().find(|set| set.name() == name && set.is_available())
    }

    #[cfg(all(several_sets, not(feature = "std")))]
    const fn asked_for() -> Option<Self> {
        None
    }
}

/// Whether products are slow whose rows of B are far apart, so that it pays to bring them together: on Intel's. On
/// a Xeon (Granite Rapids) z of 784-512 ran at 92 to 99 GFLOP/s of 215, and at 152 to 155 with rows together, or with
/// AVX2 at 64 and 90 of 115; on an EPYC (Zen 5) a step of 784-512-512-10 takes the same time in both ways.
#[inline(always)]
pub(crate) fn is_slow_if_far() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        x86::is_intel()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// From now on they are, or not: results are the same.
#[cfg(all(test, feature = "std", target_arch = "x86_64"))]
pub(crate) fn pretend_slow_if_far(slow: bool) {
    x86::pretend(slow);
}

/// Whether A may be B.
pub(crate) const fn as_large<A, B>() -> bool {
    size_of::<A>() == size_of::<B>()
}

/// `value`, of a type that has been found to be B.
#[inline(always)]
pub(crate) fn same<A: 'static, B: 'static>(value: &A) -> &B {
    (value as &dyn Any).downcast_ref().expect("it has been found to be this type")
}

/// `slice` as one of `F`, if that is what it is one of.
#[inline(always)]
pub(crate) fn as_floats<T: 'static, F: Float>(slice: &[T]) -> Option<&[F]> {
    // SAFETY: it is the same type.
    (TypeId::of::<T>() == TypeId::of::<F>())
        .then(|| unsafe { core::slice::from_raw_parts(slice.as_ptr().cast(), slice.len()) })
}

/// `slice` as one of `F`, if that is what it is one of.
#[inline(always)]
pub(crate) fn as_floats_mut<T: 'static, F: Float>(slice: &mut [T]) -> Option<&mut [F]> {
    // SAFETY: it is the same type.
    (TypeId::of::<T>() == TypeId::of::<F>())
        .then(|| unsafe { core::slice::from_raw_parts_mut(slice.as_mut_ptr().cast(), slice.len()) })
}
