//! J and ∇J on several threads, block beside block (feature `rayon`).

use alloc::boxed::Box;
use alloc::vec::Vec;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::batch::Batch;
use crate::chain::memory::TILE;
use crate::chain::sink::Stage;
use crate::error::Error;
use crate::fast;
use crate::gradient::{Gradient, Workspace};
use crate::network::Network;
use crate::parameters::Parameters;
use crate::real::count;
use crate::regularization::Regularization;
use crate::simd::{Float, Lanes};
use crate::update::elementwise::{Rule, update};

/// Threads, and for each of them a workspace.
///
/// The examples are cut into blocks of 128, as on one thread; each block is summed by itself, and
/// then one block is added after the other, whoever has computed it. So the result is the same to
/// the last bit for any number of threads, and a batch is worth as many threads as it has blocks.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::{Batch, Threads};
///
/// network! {
///     pub struct Net(8 => 16 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// let net = Net::<f32>::seeded(1);
/// let (x, y) = (vec![[0.5; 8]; 300], vec![[1.0]; 300]);
/// let lambda = Regularization::article(0.1);
/// let (mut one, mut three) = (Threads::new(1)?, Threads::new(3)?);
/// let (j, gradient) = one.cost_and_gradient(&net, &Batch::new(&x, &y), &lambda)?;
/// let (same, slopes) = three.cost_and_gradient(&net, &Batch::new(&x, &y), &lambda)?;
/// assert!(j == same && gradient.parameters() == slopes.parameters());
/// # Ok::<(), constprop::Error>(())
/// ```
pub struct Threads<N: Network> {
    pool: ThreadPool,
    workspaces: Vec<Box<Workspace<N>>>,
    costs: Vec<Option<N::Scalar>>,
    sum: Box<Gradient<N>>,
}

/// Entries of a gradient that one thread adds at a time.
const PART: usize = 32 * 1024;

impl<N> Threads<N>
where
    N: Network<Scalar: Float, Input: Sync, Target: Sync> + Send + Sync,
    Workspace<N>: Send + Sync,
{
    /// So many threads, with room for a block on each.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for 0 threads, or more than the system gives.
    #[allow(clippy::cast_precision_loss, reason = "it is printed")]
    pub fn new(threads: usize) -> Result<Self, Error> {
        let error = |expected| Error::Setting { name: "threads", value: threads as f64, expected };
        if threads == 0 {
            return Err(error("at least 1"));
        }
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|_| error("no more than the system gives"))?;
        let threads = pool.current_num_threads();
        let workspaces = (0..threads).map(|_| Workspace::boxed()).collect();
        let costs = alloc::vec![None; threads];
        Ok(Self { pool, workspaces, costs, sum: Gradient::boxed() })
    }

    /// How many threads there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.workspaces.len()
    }

    /// J(Θ) and ∇J, which stays here: [`Batch::cost_and_gradient`], the same bits.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, weights, parameters or λ, and where; see [`Error`].
    #[allow(clippy::type_complexity, reason = "J and ∇J are what the name says")]
    pub fn cost_and_gradient(
        &mut self,
        net: &N,
        batch: &Batch<'_, N>,
        regularization: &Regularization<N::Scalar>,
    ) -> Result<(N::Scalar, &mut Gradient<N>), Error> {
        let cost = batch.in_two_goes(net, regularization, |checked| {
            self.sum(net, batch, regularization, checked)
        })?;
        let m = batch.inputs.len();
        Ok((cost / count(m) + regularization.penalty(net, m), &mut self.sum))
    }

    /// J without λ times m; nothing where some z is not finite, unless all numbers have been `checked`.
    fn sum(
        &mut self,
        net: &N,
        batch: &Batch<'_, N>,
        regularization: &Regularization<N::Scalar>,
        checked: bool,
    ) -> Option<N::Scalar> {
        let Self { pool, workspaces, costs, sum } = self;
        let m = batch.inputs.len();
        let (blocks, at_once) = (m.div_ceil(TILE), workspaces.len());
        let mut cost = nalgebra::zero::<N::Scalar>();
        for round in (0..blocks).step_by(at_once) {
            let used = at_once.min(blocks - round);
            pool.install(|| {
                let rooms = workspaces[..used].par_iter_mut().zip(&mut *costs).enumerate();
                rooms.for_each(|(block, (workspace, cost))| {
                    let (lambda, first) = (regularization, (round + block) * TILE);
                    *cost =
                        fast::block(net, batch, lambda, workspace, first, Stage::First, checked);
                });
            });
            for of_block in &costs[..used] {
                cost += (*of_block)?;
            }
            let (used, last) = (&workspaces[..used], round + used == blocks);
            let decay = last.then(|| regularization.decays(m));
            pool.install(|| {
                let parts = sum.parameters_mut().par_chunks_mut(PART).enumerate();
                parts.for_each(|(part, sum)| {
                    let at = part * PART;
                    for (block, workspace) in used.iter().enumerate() {
                        let added = &workspace.gradient().parameters()[at..at + sum.len()];
                        if round == 0 && block == 0 {
                            sum.copy_from_slice(added);
                        } else {
                            update::<_, N::Scalar, _, 0>(sum, [], added, Add);
                        }
                    }
                    if let Some((weights, bias)) = decay {
                        add_decay::<N>(net, at, sum, [bias, weights]);
                    }
                });
            });
        }
        Some(cost)
    }
}

/// ∂J/∂Θ += λ Θ of the flat entries from `at` on, with one λ for biases and one for weights.
fn add_decay<N: Network<Scalar: Float>>(
    net: &N,
    at: usize,
    gradient: &mut [N::Scalar],
    decays: [N::Scalar; 2],
) {
    let mut first = 0;
    for shape in N::SHAPES {
        for (decay, entries) in decays.into_iter().zip([shape.s_out, shape.s_out * shape.s_in]) {
            let (from, to) = (first.max(at), (first + entries).min(at + gradient.len()));
            if from < to && decay != nalgebra::zero() {
                let (gradient, theta) =
                    (&mut gradient[from - at..to - at], &net.parameters()[from..to]);
                update::<_, N::Scalar, _, 0>(gradient, [], theta, Decay(decay));
            }
            first += entries;
        }
    }
}

/// sum ← sum + added.
#[derive(Clone, Copy)]
struct Add;

impl<T: Float> Rule<T, 0> for Add {
    #[inline(always)]
    fn update<V: Lanes<Scalar = T>>(&self, sum: V, _: [V; 0], added: V) -> (V, [V; 0]) {
        (sum + added, [])
    }
}

/// gradient ← λ Θ + gradient, rounded once where the kernels do so.
#[derive(Clone, Copy)]
struct Decay<T>(T);

impl<T: Float> Rule<T, 0> for Decay<T> {
    #[inline(always)]
    fn update<V: Lanes<Scalar = T>>(&self, gradient: V, _: [V; 0], theta: V) -> (V, [V; 0]) {
        (V::splat(self.0).mul_add(theta, gradient), [])
    }
}
