//! What is done with every entry of slices of one length by itself: the loop over them in registers.

use core::any::Any;

use super::registers::{self, Each, Entries, Float, Lanes, Task, as_floats, as_floats_mut};

/// What becomes of a parameter θ and of the `STATE` numbers that are kept for it, given
/// g = ∂J/∂θ.
pub(crate) trait Rule<T: Float, const STATE: usize>: Copy {
    /// Whether the rule is θ ← θ − α g and nothing else, and α all that it is made of.
    const DESCENDS: bool = false;

    /// What the rule is made of, in registers.
    type Constants<V: Entries<Scalar = T>>: Copy;

    /// What it is made of.
    fn in_registers<V: Entries<Scalar = T>>(&self) -> Self::Constants<V>;

    /// (θ, state) after the step.
    fn update<V: Entries<Scalar = T>>(
        constants: &Self::Constants<V>,
        theta: V,
        state: [V; STATE],
        g: V,
    ) -> (V, [V; STATE]);
}

/// A [`Rule`] that is made of constants, and compiled in this crate.
pub(crate) trait Compiled<T: Float, const STATE: usize>: Rule<T, STATE> {
    /// The rule of these.
    fn of(constants: &[T]) -> Self;

    /// What it is made of.
    fn constants(&self) -> &[T];

    /// [`move_by`] of this rule.
    fn kernel() -> OfRule<T>;
}

/// No optimizer keeps more numbers for a parameter.
pub(crate) const MOST_STATE: usize = 2;

/// Parameters, and what is kept for each (slices that nobody needs are empty), to be moved against
/// their gradient by a rule with these constants.
#[derive(Debug)]
pub(crate) struct Moved<'a, T> {
    pub(crate) theta: &'a mut [T],
    pub(crate) state: [&'a mut [T]; MOST_STATE],
    pub(crate) gradient: &'a [T],
    pub(crate) constants: &'a [T],
}

/// [`move_by`] a rule, for each kind of register.
pub(crate) type OfRule<T> = Each<for<'a> fn(Moved<'a, T>)>;

/// θ and its state after the step, in place. Panics if the lengths differ.
pub(crate) fn move_by<V: Lanes, K: Compiled<V::Scalar, STATE>, const STATE: usize>(
    of: Moved<'_, V::Scalar>,
) {
    const { assert!(STATE <= MOST_STATE) };
    let Moved { theta, state, gradient, constants } = of;
    V::call(Update { theta, state: resized(state), gradient, rule: K::of(constants) });
}

/// The first of as many slices as are wanted; those that are not there are empty.
pub(crate) fn resized<T, const FROM: usize, const TO: usize>(
    slices: [&mut [T]; FROM],
) -> [&mut [T]; TO] {
    let mut slices = slices.into_iter();
    core::array::from_fn(|_| slices.next().unwrap_or_default())
}

/// Every entry of slices of one length, by a [`Rule`].
pub(crate) struct Update<'a, T, K, const STATE: usize> {
    pub(crate) theta: &'a mut [T],
    pub(crate) state: [&'a mut [T]; STATE],
    pub(crate) gradient: &'a [T],
    pub(crate) rule: K,
}

impl<T: Float, K: Rule<T, STATE>, const STATE: usize> Task<T> for Update<'_, T, K, STATE> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        self.over_entries::<V::Wide>();
    }
}

impl<T: Float, K: Rule<T, STATE>, const STATE: usize> Update<'_, T, K, STATE> {
    #[inline(always)]
    fn over_entries<V: Entries<Scalar = T>>(mut self) {
        let length = self.length();
        let constants = &self.rule.in_registers::<V>();
        let mut at = 0;
        while at + V::LANES <= length {
            // SAFETY: `LANES` entries from `at` on are there, in each of the slices.
            unsafe { self.register::<V, false>(constants, at, V::LANES) };
            at += V::LANES;
        }
        if at < length {
            // SAFETY: the rest is fewer entries than lanes.
            unsafe { self.register::<V, true>(constants, at, length - at) };
        }
    }

    /// The one length. Panics if there are several; but in firmware nothing is linked for what cannot be, and it is the
    /// shortest.
    #[inline(always)]
    fn length(&self) -> usize {
        let length = self.theta.len();
        if cfg!(all(narrow, not(debug_assertions))) {
            let shortest = length.min(self.gradient.len());
            return self.state.iter().fold(shortest, |length, state| length.min(state.len()));
        }
        assert!(self.gradient.len() == length);
        for state in &self.state {
            assert!(state.len() == length);
        }
        length
    }

    /// Every entry, with a gradient that is in registers.
    #[inline(always)]
    pub(crate) fn by_registers<V: Entries<Scalar = T>>(mut self, gradient: &[V]) {
        let length = self.theta.len();
        assert!(gradient.len() == length.div_ceil(V::LANES));
        for state in &self.state {
            assert!(state.len() == length);
        }
        let constants = &self.rule.in_registers::<V>();
        for (index, &g) in gradient.iter().enumerate() {
            let at = index * V::LANES;
            // SAFETY: these entries are there, in the parameters and in each of the state.
            unsafe {
                if at + V::LANES <= length {
                    self.register_with::<V, false>(constants, at, V::LANES, g);
                } else {
                    self.register_with::<V, true>(constants, at, length - at, g);
                }
            }
        }
    }

    /// # Safety
    ///
    /// `n` entries from `at` on are there, in each of the slices; `n` is `LANES`, or with `TAIL`
    /// less.
    #[inline(always)]
    unsafe fn register<V: Entries<Scalar = T>, const TAIL: bool>(
        &mut self,
        constants: &K::Constants<V>,
        at: usize,
        n: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let g = load::<V, TAIL>(self.gradient.as_ptr().add(at), n);
            self.register_with::<V, TAIL>(constants, at, n, g);
        }
    }

    /// [`register`](Self::register), with that of the gradient.
    ///
    /// # Safety
    ///
    /// As there, but for the gradient.
    #[inline(always)]
    unsafe fn register_with<V: Entries<Scalar = T>, const TAIL: bool>(
        &mut self,
        constants: &K::Constants<V>,
        at: usize,
        n: usize,
        g: V,
    ) {
        // Loops that count, here: unoptimized, an iterator takes longer than what it goes over.
        // SAFETY: the caller's promise.
        unsafe {
            let theta = self.theta.as_mut_ptr().add(at);
            let mut state = [V::zero(); STATE];
            let mut kept = 0;
            while kept < STATE {
                state[kept] = load::<V, TAIL>(self.state[kept].as_ptr().add(at), n);
                kept += 1;
            }
            let (new, state) = K::update(constants, load::<V, TAIL>(theta, n), state, g);
            store::<V, TAIL>(new, theta, n);
            let mut kept = 0;
            while kept < STATE {
                store::<V, TAIL>(state[kept], self.state[kept].as_mut_ptr().add(at), n);
                kept += 1;
            }
        }
    }
}

#[inline(always)]
unsafe fn load<V: Entries, const TAIL: bool>(from: *const V::Scalar, n: usize) -> V {
    // SAFETY: the promise of `register`.
    unsafe { if TAIL { V::load_first(from, n) } else { V::load(from) } }
}

#[inline(always)]
unsafe fn store<V: Entries, const TAIL: bool>(register: V, to: *mut V::Scalar, n: usize) {
    // SAFETY: the promise of `register`.
    unsafe { if TAIL { register.store_first(to, n) } else { register.store(to) } }
}

/// Every entry of slices of one length, by the `rule`, in registers `V`. Panics if the lengths
/// differ.
pub(crate) fn update_in<V: Lanes, K: Rule<V::Scalar, STATE>, const STATE: usize>(
    theta: &mut [V::Scalar],
    state: [&mut [V::Scalar]; STATE],
    gradient: &[V::Scalar],
    rule: K,
) {
    V::call(Update { theta, state, gradient, rule });
}

/// Every entry of slices of one length, by the `rule`. Panics if the lengths differ.
pub(crate) fn update<F: Float, K: Rule<F, 0>>(theta: &mut [F], gradient: &[F], rule: K) {
    registers::run(Update { theta, state: [], gradient, rule });
}

/// Every entry of slices of one length, by a rule that is compiled; T is F. Panics if the lengths differ.
pub(crate) fn update_compiled<T: 'static, F: Float, K: Compiled<F, STATE>, const STATE: usize>(
    theta: &mut [T],
    state: [&mut [T]; STATE],
    gradient: &[T],
    rule: K,
) {
    let same = "the rule is of the scalar";
    K::kernel().current()(Moved {
        theta: as_floats_mut(theta).expect(same),
        state: resized(state.map(|state| as_floats_mut(state).expect(same))),
        gradient: as_floats(gradient).expect(same),
        constants: rule.constants(),
    });
}

/// A rule's numbers, as `f32` or as `f64`.
pub(crate) enum Floats<A, B> {
    Single(A),
    Double(B),
}

impl<A, B> Floats<A, B> {
    /// That as `f32`, if it is.
    #[inline(always)]
    pub(crate) fn single(self) -> Option<A> {
        match self {
            Self::Single(rule) => Some(rule),
            Self::Double(_) => None,
        }
    }

    /// That as `f64`, if it is.
    #[inline(always)]
    pub(crate) fn double(self) -> Option<B> {
        match self {
            Self::Single(_) => None,
            Self::Double(rule) => Some(rule),
        }
    }
}

impl<A: Copy + 'static, B: Copy + 'static> Floats<A, B> {
    /// Whichever of the two `rule` is, if it is one.
    #[inline(always)]
    pub(crate) fn of<R: 'static>(rule: &R) -> Option<Self> {
        let rule: &dyn Any = rule;
        match rule.downcast_ref() {
            Some(&rule) => Some(Self::Single(rule)),
            None => rule.downcast_ref().map(|&rule| Self::Double(rule)),
        }
    }
}
