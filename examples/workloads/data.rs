//! Random data of the sizes and distributions that the other libraries are timed on.

use constprop::rand::distr::uniform::SampleUniform;
use constprop::rand::{Rng, RngExt};
use constprop::{Error, RealField, argmax, one_hot};

/// What the data is made of: `f32` and `f64`.
pub trait Scalar: RealField + SampleUniform + Copy {}
impl<T: RealField + SampleUniform + Copy> Scalar for T {}

/// All four inputs of XOR.
pub const XOR_INPUTS: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
pub const XOR_TARGETS: [[f64; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];

/// Batches of examples one after the other in memory, to go through again and again.
pub struct Pool<X, Y> {
    inputs: Vec<X>,
    targets: Vec<Y>,
    batch: usize,
    next: usize,
}

impl<X, Y> Pool<X, Y> {
    /// A pool of the examples, in whole batches.
    pub fn new(inputs: Vec<X>, targets: Vec<Y>, batch: usize) -> Self {
        Self { inputs, targets, batch, next: 0 }
    }

    /// How many examples a batch has.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The next batch; the first one after the last one.
    pub fn next(&mut self) -> (&[X], &[Y]) {
        let batch = self.next..self.next + self.batch;
        self.next = if batch.end == self.inputs.len() { 0 } else { batch.end };
        (&self.inputs[batch.clone()], &self.targets[batch])
    }

    /// Makes the first batch the next one.
    pub fn rewind(&mut self) {
        self.next = 0;
    }
}

/// One number from `-bound` to `bound`.
pub fn uniform<T: Scalar>(bound: T, rng: &mut impl Rng) -> T {
    rng.random_range(-bound..bound)
}

/// `count` arrays of numbers from `-bound` to `bound`.
pub fn arrays<T: Scalar, const S: usize>(
    count: usize,
    bound: T,
    rng: &mut impl Rng,
) -> Vec<[T; S]> {
    (0..count).map(|_| std::array::from_fn(|_| uniform(bound, rng))).collect()
}

/// Inputs from −1 to 1, and the classes that a random linear map finds in them.
pub fn classes<T: Scalar, const S: usize, const CLASSES: usize>(
    batches: usize,
    batch: usize,
    rng: &mut impl Rng,
) -> Result<Pool<[T; S], [T; CLASSES]>, Error> {
    let inputs = arrays(batches * batch, T::one(), rng);
    let teacher: Vec<[T; S]> = arrays(CLASSES, T::one(), rng);
    let class = |x| argmax(&product::<T, S, CLASSES>(&teacher, x)).unwrap_or(0);
    let targets = inputs.iter().map(|x| one_hot(class(x))).collect::<Result<_, _>>()?;
    Ok(Pool::new(inputs, targets, batch))
}

/// Inputs from −1 to 1, and tanh(A x) with a random A.
pub fn policy<const S: usize, const ACTIONS: usize>(
    batches: usize,
    batch: usize,
    rng: &mut impl Rng,
) -> Pool<[f32; S], [f32; ACTIONS]> {
    let inputs = arrays(batches * batch, 1.0, rng);
    let teacher: Vec<[f32; S]> = arrays(ACTIONS, 0.7, rng);
    let targets = inputs.iter().map(|x| product(&teacher, x).map(f32::tanh)).collect();
    Pool::new(inputs, targets, batch)
}

/// The product of a matrix, given by its rows, and x.
fn product<T: Scalar, const S: usize, const ROWS: usize>(rows: &[[T; S]], x: &[T; S]) -> [T; ROWS] {
    std::array::from_fn(|row| rows[row].iter().zip(x).fold(T::zero(), |sum, (a, x)| sum + *a * *x))
}
