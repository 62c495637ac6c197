//! The same networks over nalgebra's matrices of static size.

mod timing;

use std::hint::black_box;
use std::time::Duration;

use nalgebra::{SMatrix, SVector};

use timing::{POOL, Random, STEPS, cost, time};

#[derive(Clone, Copy)]
enum Activation {
    Relu,
    Tanh,
    Identity,
}

/// Θ, its gradient, and Adam's moments.
struct Layer<const I: usize, const O: usize> {
    weights: SMatrix<f32, O, I>,
    bias: SVector<f32, O>,
    gradient: (SMatrix<f32, O, I>, SVector<f32, O>),
    m: (SMatrix<f32, O, I>, SVector<f32, O>),
    v: (SMatrix<f32, O, I>, SVector<f32, O>),
}

impl<const I: usize, const O: usize> Layer<I, O> {
    fn new(random: &mut Random) -> Self {
        let theta = random.layer(I, O);
        Self {
            weights: SMatrix::from_column_slice(&theta[O..]),
            bias: SVector::from_column_slice(&theta[..O]),
            gradient: (SMatrix::zeros(), SVector::zeros()),
            m: (SMatrix::zeros(), SVector::zeros()),
            v: (SMatrix::zeros(), SVector::zeros()),
        }
    }

    #[inline(always)]
    fn forward<const B: usize>(
        &self,
        x: &SMatrix<f32, I, B>,
        a: &mut SMatrix<f32, O, B>,
        g: Activation,
    ) {
        a.gemm(1.0, &self.weights, x, 0.0);
        for mut column in a.column_iter_mut() {
            for (a, bias) in column.iter_mut().zip(self.bias.iter()) {
                let z = *a + *bias;
                *a = match g {
                    Activation::Relu => z.max(0.0),
                    Activation::Tanh => z.tanh(),
                    Activation::Identity => z,
                };
            }
        }
    }

    /// δ of the layer in front, whose activations are a.
    #[inline(always)]
    fn backward<const B: usize>(
        &self,
        delta: &SMatrix<f32, O, B>,
        a: &SMatrix<f32, I, B>,
        in_front: &mut SMatrix<f32, I, B>,
        g: Activation,
    ) {
        in_front.gemm_tr(1.0, &self.weights, delta, 0.0);
        for (delta, a) in in_front.iter_mut().zip(a.iter()) {
            *delta *= match g {
                Activation::Relu => f32::from(u8::from(*a > 0.0)),
                Activation::Tanh => 1.0 - a * a,
                Activation::Identity => 1.0,
            };
        }
    }

    #[inline(always)]
    fn update<const B: usize>(
        &mut self,
        delta: &SMatrix<f32, O, B>,
        a: &SMatrix<f32, I, B>,
        (rate, root): (f32, f32),
    ) {
        self.gradient.0.gemm(1.0, delta, &a.transpose(), 0.0);
        self.gradient.1 = delta.column_sum();
        let (theta, gradient) = (self.weights.iter_mut(), self.gradient.0.iter());
        let moments = self.m.0.iter_mut().zip(self.v.0.iter_mut());
        theta.zip(gradient).zip(moments).for_each(|((t, g), (m, v))| adam(t, *g, m, v, rate, root));
        let (theta, gradient) = (self.bias.iter_mut(), self.gradient.1.iter());
        let moments = self.m.1.iter_mut().zip(self.v.1.iter_mut());
        theta.zip(gradient).zip(moments).for_each(|((t, g), (m, v))| adam(t, *g, m, v, rate, root));
    }
}

#[inline(always)]
fn adam(theta: &mut f32, g: f32, m: &mut f32, v: &mut f32, rate: f32, root: f32) {
    *m = 0.9 * *m + 0.1 * g;
    *v = 0.999 * *v + 0.001 * g * g;
    *theta -= rate * *m / (v.sqrt() * root + 1e-8);
}

/// α/(1 − β₁ᵗ) and 1/√(1 − β₂ᵗ).
fn corrections(t: &mut i32) -> (f32, f32) {
    *t += 1;
    (1e-3 / (1.0 - 0.9f32.powi(*t)), 1.0 / (1.0 - 0.999f32.powi(*t)).sqrt())
}

/// One or two hidden layers of H units.
struct Net<const S: usize, const H: usize, const O: usize> {
    layer1: Layer<S, H>,
    hidden: Option<Layer<H, H>>,
    last: Layer<H, O>,
    t: i32,
}

impl<const S: usize, const H: usize, const O: usize> Net<S, H, O> {
    fn new(deep: bool) -> Box<Self> {
        let mut random = Random::new();
        random.examples(S, O);
        Box::new(Self {
            layer1: Layer::new(&mut random),
            hidden: deep.then(|| Layer::new(&mut random)),
            last: Layer::new(&mut random),
            t: 0,
        })
    }

    #[inline(always)]
    fn forward<const B: usize>(
        &self,
        x: &SMatrix<f32, S, B>,
        g: Activation,
    ) -> Activations<H, O, B> {
        let mut a = Activations::default();
        self.layer1.forward(x, &mut a.a2, g);
        if let Some(hidden) = &self.hidden {
            hidden.forward(&a.a2, &mut a.a3, g);
        }
        let front = if self.hidden.is_some() { &a.a3 } else { &a.a2 };
        self.last.forward(front, &mut a.h, Activation::Identity);
        a
    }

    #[inline(never)]
    fn predict(&self, x: &SVector<f32, S>, g: Activation) -> SVector<f32, O> {
        self.forward(x, g).h
    }

    #[inline(never)]
    fn train<const B: usize>(
        &mut self,
        x: &SMatrix<f32, S, B>,
        y: &SMatrix<f32, O, B>,
        g: Activation,
    ) {
        let Activations { a2, a3, h } = self.forward(x, g);
        let delta = (h - y) / B as f32;
        let rates = corrections(&mut self.t);
        let (mut delta3, mut delta2) = (SMatrix::zeros(), SMatrix::zeros());
        if let Some(hidden) = &mut self.hidden {
            self.last.backward(&delta, &a3, &mut delta3, g);
            hidden.backward(&delta3, &a2, &mut delta2, g);
            self.last.update(&delta, &a3, rates);
            hidden.update(&delta3, &a2, rates);
        } else {
            self.last.backward(&delta, &a2, &mut delta2, g);
            self.last.update(&delta, &a2, rates);
        }
        self.layer1.update(&delta2, x, rates);
    }
}

struct Activations<const H: usize, const O: usize, const B: usize> {
    a2: SMatrix<f32, H, B>,
    a3: SMatrix<f32, H, B>,
    h: SMatrix<f32, O, B>,
}

impl<const H: usize, const O: usize, const B: usize> Default for Activations<H, O, B> {
    #[inline(always)]
    fn default() -> Self {
        Self { a2: SMatrix::zeros(), a3: SMatrix::zeros(), h: SMatrix::zeros() }
    }
}

fn network<const S: usize, const H: usize, const O: usize>(
    deep: bool,
    g: Activation,
    ms: Duration,
) {
    let hidden = if deep { format!("{H}-{H}") } else { format!("{H}") };
    let what =
        format!("{S}-{hidden}-{O},{}", if let Activation::Tanh = g { "tanh" } else { "relu" });
    let mut net = Net::<S, H, O>::new(deep);
    let (x, y) = Random::new().examples(S, O);
    steps::<S, H, O, 32>(&mut net, &x, &y, g, &mut |step| (0..STEPS).for_each(step));
    let single: Vec<SVector<f32, S>> = x.chunks(S).map(SVector::from_column_slice).collect();
    let h: Vec<f32> = single.iter().flat_map(|x| net.predict(x, g).as_slice().to_vec()).collect();
    println!("{what} J {:.6}", cost(&h, &y));
    let predict = |i: usize| {
        black_box(net.predict(&single[i % POOL], g));
    };
    println!("{what} predict {:.2}", time(ms, predict));
    let mut print = |batch, step: &mut dyn FnMut(usize)| {
        println!("{what} Adam,{batch} {:.2}", time(ms, step));
    };
    steps::<S, H, O, 1>(&mut net, &x, &y, g, &mut |step| print(1, step));
    steps::<S, H, O, 8>(&mut net, &x, &y, g, &mut |step| print(8, step));
    steps::<S, H, O, 32>(&mut net, &x, &y, g, &mut |step| print(32, step));
}

/// Hands out what takes step i.
fn steps<const S: usize, const H: usize, const O: usize, const B: usize>(
    net: &mut Net<S, H, O>,
    x: &[f32],
    y: &[f32],
    g: Activation,
    with: &mut dyn FnMut(&mut dyn FnMut(usize)),
) {
    let x: Vec<SMatrix<f32, S, B>> = x.chunks(S * B).map(SMatrix::from_column_slice).collect();
    let y: Vec<SMatrix<f32, O, B>> = y.chunks(O * B).map(SMatrix::from_column_slice).collect();
    with(&mut |i| {
        net.train(&x[i % x.len()], &y[i % y.len()], g);
        black_box(&*net);
    });
}

fn xor(ms: Duration) {
    let mut random = Random::new();
    let mut next = |_, _| random.next(1.0);
    let mut b1 = SVector::<f64, 4>::from_fn(&mut next);
    let mut w1 = SMatrix::<f64, 4, 2>::from_fn(&mut next);
    let mut b2 = SVector::<f64, 1>::from_fn(&mut next);
    let mut w2 = SMatrix::<f64, 1, 4>::from_fn(&mut next);
    let x = SMatrix::<f64, 2, 4>::from_column_slice(&[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
    let y = SMatrix::<f64, 1, 4>::from_column_slice(&[0.0, 1.0, 1.0, 0.0]);
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let mut step = || {
        let mut a = w1 * black_box(x);
        a.column_iter_mut().for_each(|mut column| column += b1);
        a.apply(|a| *a = sigmoid(*a));
        let h = (w2 * a).map(|z| sigmoid(z + b2[0]));
        let delta3 = (h - y).zip_map(&h, |e, h| e * h * (1.0 - h));
        let delta2 = (w2.transpose() * delta3).zip_map(&a, |delta, a| delta * a * (1.0 - a));
        w2 -= delta3 * a.transpose();
        b2[0] -= delta3.sum();
        w1 -= delta2 * x.transpose();
        b1 -= delta2.column_sum();
        (h - y).norm_squared() / 8.0
    };
    (0..STEPS).for_each(|_| drop(step()));
    println!("2-4-1,sigmoid J {:.6}", step());
    let each = |_| {
        black_box(step());
    };
    println!("2-4-1,sigmoid descent,4 {:.2}", time(ms, each));
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ms = Duration::from_millis(std::env::args().nth(2).map_or(Ok(20), |ms| ms.parse())?);
    xor(ms);
    use Activation::{Relu, Tanh};
    network::<4, 8, 2>(false, Relu, ms);
    network::<4, 8, 2>(false, Tanh, ms);
    network::<8, 16, 4>(true, Relu, ms);
    network::<8, 16, 4>(true, Tanh, ms);
    network::<24, 32, 8>(true, Relu, ms);
    network::<24, 32, 8>(true, Tanh, ms);
    network::<4, 64, 2>(true, Tanh, ms);
    network::<13, 64, 4>(true, Tanh, ms);
    network::<32, 128, 6>(true, Relu, ms);
    network::<32, 128, 6>(true, Tanh, ms);
    Ok(())
}
