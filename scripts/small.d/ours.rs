//! Small networks of this crate, as a user calls them.

mod timing;

use std::hint::black_box;
use std::time::{Duration, Instant};

use constprop::prelude::*;
use constprop::{Aligned, Error, Sample};

use timing::{POOL, Random, STEPS, cost, delays, time};

network! {
    pub struct Xor(2 => 4 Sigmoid => 1 Sigmoid) minimizing HalfSquaredError;
}

macro_rules! networks {
    ($($name:ident($($layers:tt)*))*) => { $(
        network! {
            pub struct $name($($layers)*) minimizing HalfSquaredError;
        }
    )* };
}

networks! {
    Relu4(4 => 8 Relu => 2 Identity)
    Tanh4(4 => 8 Tanh => 2 Identity)
    Relu8(8 => 16 Relu => 16 Relu => 4 Identity)
    Tanh8(8 => 16 Tanh => 16 Tanh => 4 Identity)
    Relu24(24 => 32 Relu => 32 Relu => 8 Identity)
    Tanh24(24 => 32 Tanh => 32 Tanh => 8 Identity)
    Tanh4x64(4 => 64 Tanh => 64 Tanh => 2 Identity)
    Tanh13(13 => 64 Tanh => 64 Tanh => 4 Identity)
    Relu13(13 => 64 Relu => 64 Relu => 4 Identity)
    Relu32(32 => 128 Relu => 128 Relu => 6 Identity)
    Tanh32(32 => 128 Tanh => 128 Tanh => 6 Identity)
}

/// What makes numbers around 1 subnormal.
const TO_SUBNORMAL: f32 = 1e-40;

/// A network with its examples.
struct Subject<N: Network> {
    net: Box<Aligned<N>>,
    adam: Adam<N, Box<N>>,
    workspace: Box<Workspace<N>>,
    x: Vec<N::Input>,
    y: Vec<N::Target>,
}

impl<N: Network<Scalar = f32>> Subject<N> {
    fn new(sizes: &[usize]) -> Result<Self, Error> {
        let (s_in, s_out) = (sizes[0], sizes[sizes.len() - 1]);
        let mut random = Random::new();
        let (x, y) = random.examples(s_in, s_out);
        let mut net = Aligned::<N>::boxed();
        let theta: Vec<f32> = sizes.windows(2).flat_map(|s| random.layer(s[0], s[1])).collect();
        net.parameters_mut().copy_from_slice(&theta);
        Ok(Self {
            net,
            adam: Adam::boxed(AdamSettings::default())?,
            workspace: Workspace::boxed(),
            x: x.chunks(s_in).map(|x| N::Input::from_fn(|j| x[j])).collect(),
            y: y.chunks(s_out).map(|y| N::Target::from_fn(|k| y[k])).collect(),
        })
    }

    fn predict(&mut self, i: usize) {
        black_box(self.net.predict(&self.x[i % POOL]));
    }

    fn train(&mut self, batch: usize, i: usize) {
        let none = Regularization::none();
        let of = i % (POOL / batch) * batch;
        let (x, y) = (&self.x[of..of + batch], &self.y[of..of + batch]);
        let j = self.adam.train(&mut **self.net, x, y, &none, &mut self.workspace);
        black_box(j.expect("all stays finite"));
    }

    fn cost(&self) -> f64 {
        let h: Vec<N::Target> = self.x.iter().map(|x| self.net.predict(x)).collect();
        cost(N::Target::flat(&h), N::Target::flat(&self.y))
    }
}

/// A prediction, and steps of Adam, one after the other.
fn network<N: Network<Scalar = f32>>(
    what: &str,
    sizes: &[usize],
    duration: Duration,
) -> Result<(), Error> {
    let mut subject = Subject::<N>::new(sizes)?;
    (0..STEPS).for_each(|i| subject.train(32, i));
    println!("{what} J {:.6}", subject.cost());
    println!("{what} predict {:.2}", time(duration, |i| subject.predict(i)));
    for batch in [1, 8, 32] {
        println!("{what} Adam,{batch} {:.2}", time(duration, |i| subject.train(batch, i)));
    }
    Ok(())
}

/// A step of gradient descent over all that XOR is.
fn xor(duration: Duration) -> Result<(), Error> {
    let (x, y) = ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]]);
    let (mut random, none) = (Random::new(), Regularization::none());
    let mut net = Aligned::<Xor<f64>>::boxed();
    net.parameters_mut().fill_with(|| random.next(1.0));
    let (mut descent, mut workspace) = (GradientDescent::new(4.0)?, Workspace::boxed());
    let mut step = || descent.train(&mut **net, &x, &y, &none, &mut workspace);
    (0..STEPS).try_for_each(|_| step().map(drop))?;
    println!("2-4-1,sigmoid J {:.6}", step()?);
    let each = |_| {
        black_box(step().expect("all stays finite"));
    };
    println!("2-4-1,sigmoid descent,4 {:.2}", time(duration, each));
    Ok(())
}

fn all_delays<N: Network<Scalar = f32>>(what: &str, sizes: &[usize]) -> Result<(), Error> {
    let mut subject = Subject::<N>::new(sizes)?;
    delays(&format!("{what} predict"), 1_000_000, |i| subject.predict(i));
    delays(&format!("{what} Adam,32"), 100_000, |i| subject.train(32, i));
    Ok(())
}

/// What a prediction and a step of Adam take where numbers are subnormal.
fn subnormals(duration: Duration) -> Result<(), Error> {
    let subject = || Subject::<Relu13<f32>>::new(&[13, 64, 64, 4]);
    let tiny = |all: &mut [f32]| all.iter_mut().for_each(|x| *x *= TO_SUBNORMAL);
    let (mut normal, mut of_inputs, mut of_weights) = (subject()?, subject()?, subject()?);
    tiny(<[f32; 13]>::flat_mut(&mut of_inputs.x));
    tiny(of_weights.net.parameters_mut());
    println!("none predict {:.2}", time(duration, |i| normal.predict(i)));
    println!("inputs predict {:.2}", time(duration, |i| of_inputs.predict(i)));
    println!("weights predict {:.2}", time(duration, |i| of_weights.predict(i)));
    println!("none Adam,32 {:.2}", time(duration, |i| normal.train(32, i)));
    println!("inputs Adam,32 {:.2}", time(duration, |i| of_inputs.train(32, i)));

    // With all hidden units dead gradients are 0 from here on, and what Adam keeps of them fades, by way of
    // subnormal numbers.
    let mut dead = subject()?;
    (0..STEPS).for_each(|i| dead.train(1, i));
    dead.net.theta1.bias.fill(-1e3);
    dead.net.theta2.bias.fill(-1e3);
    let timed = |i| {
        let start = Instant::now();
        dead.train(1, i);
        start.elapsed().as_nanos()
    };
    let mut times: Vec<u128> = (0..2_000).map(timed).collect();
    for (what, steps) in [("m,soon", 100..300), ("m,fading", 780..840), ("m,at,rest", 1_800..2_000)]
    {
        let times = &mut times[steps];
        times.sort_unstable();
        println!("{what} Adam,1 {}", times[times.len() / 2]);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let duration = Duration::from_millis(arguments.get(1).map_or(Ok(20), |ms| ms.parse())?);
    match arguments.first().map(String::as_str) {
        Some("delays") => {
            all_delays::<Tanh4x64<f32>>("4-64-64-2,tanh", &[4, 64, 64, 2])?;
            all_delays::<Tanh13<f32>>("13-64-64-4,tanh", &[13, 64, 64, 4])?;
        }
        Some("subnormals") => subnormals(duration)?,
        _ => {
            xor(duration)?;
            network::<Relu4<f32>>("4-8-2,relu", &[4, 8, 2], duration)?;
            network::<Tanh4<f32>>("4-8-2,tanh", &[4, 8, 2], duration)?;
            network::<Relu8<f32>>("8-16-16-4,relu", &[8, 16, 16, 4], duration)?;
            network::<Tanh8<f32>>("8-16-16-4,tanh", &[8, 16, 16, 4], duration)?;
            network::<Relu24<f32>>("24-32-32-8,relu", &[24, 32, 32, 8], duration)?;
            network::<Tanh24<f32>>("24-32-32-8,tanh", &[24, 32, 32, 8], duration)?;
            network::<Tanh4x64<f32>>("4-64-64-2,tanh", &[4, 64, 64, 2], duration)?;
            network::<Tanh13<f32>>("13-64-64-4,tanh", &[13, 64, 64, 4], duration)?;
            network::<Relu32<f32>>("32-128-128-6,relu", &[32, 128, 128, 6], duration)?;
            network::<Tanh32<f32>>("32-128-128-6,tanh", &[32, 128, 128, 6], duration)?;
        }
    }
    Ok(())
}
