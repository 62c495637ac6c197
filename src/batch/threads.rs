//! J and ∇J on several threads, block beside block (feature `rayon`).

use alloc::boxed::Box;
use alloc::vec::Vec;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::batch::Batch;
use crate::error::Error;
use crate::fast::elementwise::update;
use crate::fast::pairwise::{self, Levels, Total, Waiting};
use crate::fast::passes::sink::AddDecay;
use crate::fast::{self, Blocks};
use crate::gradient::Gradient;
use crate::network::{FloatNetwork, Holds, Network};
use crate::real::count;
use crate::regularization::Regularization;
use crate::shapes::parameters::Parameters;
use crate::workspace::Workspace;

/// Threads, and for each of them a workspace.
///
/// The examples are cut into blocks of 128, as on one thread; each block is summed by itself, and
/// then the blocks are added along the same [tree](crate::gradient::BLOCK), whoever has computed them. So
/// the result is the same to the last bit for any number of threads, and a batch is worth as many
/// threads as it has blocks.
///
/// On a thread of one of rayon's pools, as in a `par_iter`, the caller's thread computes alone: if it
/// waited for others, rayon would have it run other jobs of its pool meanwhile.
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
    /// Of each part of the gradient, what waits to be added.
    levels: Vec<Levels<N::Scalar>>,
    sum: Box<Gradient<N>>,
}

/// Entries of a gradient that one thread adds at a time.
const PART: usize = 32 * 1024;

impl<N: Network> Threads<N> {
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
        let levels = (0..N::PARAMETERS.div_ceil(PART)).map(|_| Levels::new()).collect();
        Ok(Self { pool, workspaces, costs, levels, sum: Gradient::boxed() })
    }

    /// How many threads there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.workspaces.len()
    }
}

impl<N: FloatNetwork> Threads<N> {
    /// J(Θ) and ∇J, which stays here: [`Batch::cost_and_gradient`], the same bits.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, weights, parameters or λ, and where; see [`Error`].
    #[allow(clippy::type_complexity, reason = "J and ∇J are what the name says")]
    pub fn cost_and_gradient(
        &mut self,
        net: &dyn Holds<N>,
        batch: &Batch<'_, N>,
        regularization: &Regularization<N::Scalar>,
    ) -> Result<(N::Scalar, &mut Gradient<N>), Error> {
        let net = net.held();
        // A thread of a pool that waits for another pool takes up any job of its own meanwhile, on
        // the same stack and under whatever is locked: so it does not wait.
        if self.count() == 1 || rayon::current_thread_index().is_some() {
            return batch.cost_and_gradient(net, regularization, &mut self.workspaces[0]);
        }
        let cost = batch.in_two_goes(net, regularization, |blocks| self.sum(blocks))?;
        let m = batch.inputs.len();
        Ok((cost / count(m) + regularization.penalty(net, m), &mut self.sum))
    }

    /// J without λ times m; nothing where some z is not finite, unless all numbers have been looked at.
    fn sum(&mut self, task: &Blocks<'_, N::Scalar>) -> Option<N::Scalar> {
        let Self { pool, workspaces, costs, levels, sum } = self;
        let (blocks, at_once) = (task.count(), workspaces.len());
        let mut cost = Total::new();
        for round in (0..blocks).step_by(at_once) {
            let used = at_once.min(blocks - round);
            pool.install(|| {
                let rooms = workspaces[..used].par_iter_mut().zip(&mut *costs).enumerate();
                rooms.for_each(|(block, (workspace, cost))| {
                    let (memory, [sum, _]) = workspace.parts(1);
                    *cost = memory.room().and_then(|room| task.gradient(round + block, room, sum));
                });
            });
            for of_block in &costs[..used] {
                cost.add((*of_block)?);
            }
            let used = &workspaces[..used];
            pool.install(|| {
                let parts = sum.parameters_mut().par_chunks_mut(PART).zip(&mut *levels);
                parts.enumerate().for_each(|(part, (sum, levels))| {
                    let (at, entries) = (part * PART, sum.len());
                    let rows = levels.rows(1 + pairwise::levels(blocks), entries);
                    let (first, above) = rows.split_at_mut(entries);
                    let mut waiting = Waiting::new(first, above);
                    for (block, workspace) in (round..).zip(used) {
                        let of_block = &workspace.gradient().parameters()[at..at + entries];
                        if block + 1 < blocks {
                            waiting.push(block, of_block, fast::add);
                        } else {
                            sum.copy_from_slice(of_block);
                            waiting.all(block).add_to(sum, fast::add);
                            let &(weights, bias) = task.data.decays;
                            add_decay::<N>(task.theta, at, sum, [bias, weights]);
                        }
                    }
                });
            });
        }
        Some(cost.get())
    }
}

/// ∂J/∂Θ += λ Θ of the flat entries from `at` on, with one λ for biases and one for weights.
fn add_decay<N: FloatNetwork>(
    theta: &[N::Scalar],
    at: usize,
    gradient: &mut [N::Scalar],
    decays: [N::Scalar; 2],
) {
    let mut first = 0;
    for shape in N::SHAPES {
        for (decay, entries) in decays.into_iter().zip([shape.s_out, shape.s_out * shape.s_in]) {
            let (from, to) = (first.max(at), (first + entries).min(at + gradient.len()));
            if from < to && decay != nalgebra::zero() {
                let (gradient, theta) = (&mut gradient[from - at..to - at], &theta[from..to]);
                update(gradient, theta, AddDecay(decay));
            }
            first += entries;
        }
    }
}
