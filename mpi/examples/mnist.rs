//! MNIST over ranks: each reads its part of the files, and all end with the bits of one process.
//!
//! ```sh
//! scripts/fetch-mnist
//! cargo build --release -p constprop-mpi --example mnist
//! mpirun --oversubscribe -n 4 target/release/examples/mnist target/data/mnist
//! ```
//!
//! `mnist DIR [EPOCHS] [BATCH]`; with `COMPARE=1` rank 0 then trains by itself, and compares.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use constprop::data::{idx, one_hot_all};
use constprop::prelude::*;
use constprop::train::{Control, Fit, accuracy};
use constprop::{AdamSettings, Schedule};
use constprop_mpi::mpi::collective::SystemOperation;
use constprop_mpi::mpi::topology::SimpleCommunicator;
use constprop_mpi::mpi::traits::*;
use constprop_mpi::mpi::{self, Threading};
use constprop_mpi::{OverRanks, Ranks};

network! {
    /// 28 x 28 pixels to ten digits.
    pub struct Mnist(784 => 128 Relu => 64 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

type Examples = (Vec<[f32; 784]>, Vec<[f32; 10]>);

/// The examples of a kind of files that these ranks deal out to this one.
fn examples(folder: &Path, kind: &str, ranks: &Ranks) -> Result<Examples, Box<dyn Error>> {
    let images = folder.join(format!("{kind}-images-idx3-ubyte"));
    let labels = folder.join(format!("{kind}-labels-idx1-ubyte"));
    let part = ranks.part(idx::count_at(&images)?);
    let labels = idx::labels_part_at(labels, part.clone())?;
    Ok((idx::images_part_at(images, part)?, one_hot_all(&labels)?))
}

fn fit<'a>(epochs: usize, batch: usize) -> Result<Fit<'a, Mnist<f32>>, constprop::Error> {
    let fit = Fit::new().epochs(epochs).batch(batch).validation_split(0.1);
    let fit = fit.schedule(Schedule::cosine(epochs as f64)?).metric("accuracy", accuracy);
    Ok(fit.regularization(Regularization::article(1e-5)))
}

fn adam() -> Result<Adam<Mnist<f32>>, constprop::Error> {
    Adam::new(AdamSettings { rate: 0.005, ..AdamSettings::default() })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("mnist DIR [EPOCHS] [BATCH]")?;
    let epochs = arguments.next().map_or(Ok(5), |epochs| epochs.parse())?;
    let batch = arguments.next().map_or(Ok(512), |batch| batch.parse())?;
    let folder = Path::new(&folder);

    let (universe, _) =
        mpi::initialize_with_threading(Threading::Funneled).ok_or("MPI runs already")?;
    let world = universe.world();
    if let Err(error) = train(&world, folder, epochs, batch) {
        // The others wait for this rank, and would for ever.
        eprintln!("rank {}: {error}", world.rank());
        world.abort(1);
    }
    Ok(())
}

fn train(
    world: &SimpleCommunicator,
    folder: &Path,
    epochs: usize,
    batch: usize,
) -> Result<(), Box<dyn Error>> {
    let ranks = Ranks::of(world);
    let (x, y) = examples(folder, "train", &ranks)?;
    let mut net = Mnist::boxed_seeded(0);
    let begun = Instant::now();
    let told = fit(epochs, batch)?.on_epoch(|progress| {
        println!("{}", progress.line());
        Control::Continue
    });
    let history = told.over(&ranks).run(&mut net, &mut adam()?, &x, &y)?;
    let seconds = begun.elapsed().as_secs_f64();

    let (test, targets) = examples(folder, "t10k", &ranks)?;
    let mut outputs = targets.clone();
    ranks.predict_into(&*net, &test, &mut outputs, &mut Workspace::boxed())?;
    let right =
        outputs.iter().zip(&targets).filter(|(h, y)| argmax(&h[..]) == argmax(&y[..])).count();
    let (mut all, mut of) = (0, 0);
    world.all_reduce_into(&(right as u64), &mut all, SystemOperation::sum());
    world.all_reduce_into(&(test.len() as u64), &mut of, SystemOperation::sum());
    if ranks.rank() == 0 {
        println!("{} ranks: {all} of {of} right, {seconds:.1} s", ranks.size());
        println!("Θ: {:016x}", hash(net.parameters()));
    }
    if ranks.rank() == 0 && std::env::var_os("COMPARE").is_some() {
        let one = Ranks::of(&SimpleCommunicator::self_comm());
        let (x, y) = examples(folder, "train", &one)?;
        let (mut alone, begun) = (Mnist::boxed_seeded(0), Instant::now());
        let expected = fit(epochs, batch)?.run(&mut alone, &mut adam()?, &x, &y)?;
        let seconds = begun.elapsed().as_secs_f64();
        assert!(net.parameters() == alone.parameters() && history == expected, "other bits");
        println!("one process: the same bits of Θ and of the history, {seconds:.1} s");
    }
    Ok(())
}

/// A number of all bits, to compare by eye.
fn hash(theta: &[f32]) -> u64 {
    theta.iter().fold(0xcbf2_9ce4_8422_2325, |hash, theta| {
        (hash ^ u64::from(theta.to_bits())).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
