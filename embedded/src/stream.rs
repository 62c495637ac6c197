//! Numbers that come one by one, as from a sensor: the same on every processor.

/// A linear congruential generator (Numerical Recipes).
pub struct Stream(u32);

impl Stream {
    /// That of a seed.
    pub const fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// The next number, from −1 to below 1: a multiple of 2⁻²³, so that it is exact.
    pub const fn number(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }

    /// The next ones.
    pub fn numbers<const N: usize>(&mut self) -> [f32; N] {
        core::array::from_fn(|_| self.number())
    }
}
