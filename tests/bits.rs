//! The bits of trainings, gradients, predictions and products, on each instruction set: code that is
//! moved must not change them. Where a change is meant to, the test that fails prints the new
//! rows.

mod common;

use common::agreement::on_every_set;
use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::{Batch, Dropout, InstructionSet, Sample};

network! {
    /// In registers whole.
    pub struct Xor(2 => 4 Sigmoid => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Odd(13 => 37 Tanh => 25 Elu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Values(8 => 16 Gelu => 12 Softplus => 3 Identity) minimizing Huber;
}

network! {
    /// A gradient that does not stay in the cache.
    pub struct Large(90 => 100 Relu => 40 Silu => 2 Tanh) minimizing HalfSquaredError;
}

/// FNV-1a of 64 bits, over numbers whose conversion to f64 is exact.
fn hash<T: Copy + Into<f64>>(numbers: &[T]) -> u64 {
    let bytes =
        numbers.iter().flat_map(|&number| Into::<f64>::into(number).to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn examples<N: Network>(m: usize) -> (Vec<N::Input>, Vec<N::Target>) {
    let mut rng = constprop::rng(m as u64);
    let number = |value: f64| nalgebra::convert::<f64, N::Scalar>(value);
    let inputs = (0..m).map(|_| N::Input::from_fn(|_| number(rng.random_range(-1.0..1.0))));
    let inputs = inputs.collect();
    let target = |i: usize, unit: usize| match N::Target::SIZE {
        1 => f64::from(i.is_multiple_of(3)),
        size => f64::from(i % size == unit),
    };
    let targets = (0..m).map(|i| N::Target::from_fn(|unit| number(target(i, unit))));
    (inputs, targets.collect())
}

/// Of every optimizer the parameters after 50 steps; then J with ∇J of a batch with weights and
/// dropout, predictions of many and of one, both products, and rows of the Jacobian.
macro_rules! bits {
    ($net:ty, $scalar:ty, $m:expr, $hidden:expr) => {{
        let (x, y) = examples::<$net>($m);
        let lambda = Regularization::<$scalar>::coursera(0.1);
        let (seeded, mut workspace) = (<$net>::boxed_seeded(7), Workspace::<$net>::boxed());
        let adam = || AdamSettings::<$scalar> { rate: 0.01, ..AdamSettings::default() };
        let adagrad = AdagradSettings::<$scalar> { rate: 0.01, ..AdagradSettings::default() };
        let rmsprop = RmsPropSettings::<$scalar> { rate: 0.01, ..RmsPropSettings::default() };
        let optimizers: [Box<dyn Optimizer<$net>>; 7] = [
            Box::new(GradientDescent::<$scalar>::new(0.1).unwrap()),
            Box::new(Momentum::<$net>::boxed(0.01, 0.9).unwrap()),
            Box::new(Momentum::<$net>::boxed(0.01, 0.9).unwrap().nesterov()),
            Box::new(Adagrad::<$net>::boxed(adagrad).unwrap()),
            Box::new(RmsProp::<$net>::boxed(rmsprop).unwrap()),
            Box::new(Adam::<$net>::boxed(adam()).unwrap()),
            Box::new(AdamW::<$net>::boxed(adam(), 0.01).unwrap()),
        ];
        let mut bits = Vec::new();
        for mut optimizer in optimizers {
            let mut net = seeded.boxed_clone();
            for _ in 0..50 {
                optimizer.train(&mut net, &x, &y, &lambda, &mut workspace).unwrap();
            }
            bits.push(hash(net.parameters()));
        }
        let weights: Vec<$scalar> = (0..$m).map(|i| (i % 5) as $scalar).collect();
        let dropout = Dropout::new([0.25; $hidden], 3).unwrap();
        let batch = Batch::<$net>::new(&x, &y).with_weights(&weights).with_dropout(&dropout, 5);
        let (j, gradient) = batch.cost_and_gradient(&seeded, &lambda, &mut workspace).unwrap();
        bits.push(hash(&[hash(&[j]) as u32, hash(gradient.parameters()) as u32]));
        let many = seeded.predict_many(&x).unwrap();
        bits.push(hash(&[hash(many.as_flattened()) as u32, hash(&seeded.predict(&x[0])) as u32]));
        let mut v = Gradient::<$net>::boxed();
        v.parameters_mut().iter_mut().enumerate().for_each(|(i, v)| *v = (i % 7) as $scalar - 3.0);
        let hessian = seeded.hessian_vector_product(&x, &y, &lambda, &v).unwrap();
        let gauss_newton = seeded.gauss_newton_product(&x, &y, &lambda, &v).unwrap();
        let products = [hash(hessian.parameters()) as u32, hash(gauss_newton.parameters()) as u32];
        bits.push(hash(&products));
        let mut rows: Vec<_> = y[0].iter().map(|_| Gradient::<$net>::zeros()).collect();
        let output = seeded.jacobian_into(&x[0], &mut rows).unwrap();
        let rows: Vec<_> = rows.iter().map(|row| hash(row.parameters()) as u32).collect();
        bits.push(hash(&[hash(&rows) as u32, hash(&output) as u32]));
        bits
    }};
}

/// What is compared of a network.
const ROW: usize = 11;

/// A row for each network.
type Table = [[u64; ROW]; 4];

/// The bits of the network in row `row`, on every instruction set.
fn stay_as_they_are(row: usize, bits: impl Fn() -> Vec<u64>) {
    let mut found = String::new();
    on_every_set(|set| {
        let expected = match set {
            InstructionSet::Portable => PORTABLE,
            InstructionSet::Avx2 | InstructionSet::Neon => AVX2,
            _ => AVX512,
        };
        let bits = bits();
        // Rows of the Jacobian are the readable path's, whose exp and tanh are the platform's.
        let same = if cfg!(target_family = "wasm") { ROW - 1 } else { ROW };
        if bits[..same] != expected[row][..same] {
            found += &format!("{}[{row}] = {bits:#018x?};\n", set.name().to_uppercase());
        }
    });
    assert!(found.is_empty(), "other bits:\n{found}");
}

#[test]
fn in_registers_whole() {
    stay_as_they_are(0, || bits!(Xor<f32>, f32, 4, 1));
}

#[test]
fn odd_sizes() {
    stay_as_they_are(1, || bits!(Odd<f32>, f32, 150, 2));
}

#[test]
fn in_double() {
    stay_as_they_are(2, || bits!(Values<f64>, f64, 500, 2));
}

#[test]
fn a_gradient_beyond_the_cache() {
    stay_as_they_are(3, || bits!(Large<f32>, f32, 140, 2));
}

const PORTABLE: &Table = &[
    [
        0xddc3a4501f36e033,
        0x439c7cf4ad41545e,
        0x06a0a4d2eacf8d3a,
        0xba01326aa421358d,
        0x90661a9767bac137,
        0xa380d9588bf4f5a4,
        0x2e344c788e7ab3e7,
        0xd50d26b3f483ff56,
        0x123e17542101e5b1,
        0x8fe1685bc9e511f4,
        0xc7e5ed267fa652e2,
    ],
    [
        0x5994f4b2f242495c,
        0x131630b346b662c5,
        0x571f680429754684,
        0x8db3b38d16257547,
        0x977207af38be03ba,
        0xa657f2a9bd86931f,
        0x2587a5f0f26f202e,
        0xd1c38ed91e1fd4ee,
        0xc4b5b157b78ea4b7,
        0x7790060dc0f1922a,
        0xdac9fd60764bca26,
    ],
    [
        0x173b8df0ad5b14f6,
        0xd25c0635e83df270,
        0xe2d5dba9fbe08f3e,
        0x6148884b82fe1f31,
        0x22285f623eed942f,
        0x8d105d58458c13c4,
        0x52f8239fde79c6c5,
        0xfd3fdcec8c9ddcd8,
        0x08201683eb62e5b9,
        0x76b2a38dabe1efb7,
        0x853ba479b5519d40,
    ],
    [
        0x5dfd179de6ca6a9f,
        0x9ce534c9b78af2d9,
        0xdb5028dea90f0d01,
        0x1f58abf5a2c635d9,
        0xe64ffeffd858d01f,
        0xf564ac1b6dd11faf,
        0x9f80e94d99d11864,
        0x2a1425cca5f1e4e3,
        0x5a0f05d3e500acfc,
        0xe407a13eac52206d,
        0x2ea5040f446b2e8e,
    ],
];
const AVX2: &Table = &[
    [
        0xf8b7248d58a89a28,
        0x822ee68b72d7e48f,
        0xe7d8e5f7388da8c7,
        0xcc7580d6640e865e,
        0x3781ebe4979417d5,
        0x9641382055efdb79,
        0x8979e7cb143dfe34,
        0x37f1a36e9bd63082,
        0xa4c1161130651d62,
        0x8fe1685bc9e511f4,
        0xc7e5ed267fa652e2,
    ],
    [
        0x76d10d5d55a977cf,
        0xdf9037c382db80da,
        0xf223b2a031301440,
        0xc06df2be3a830e6c,
        0x46d0a49831862d2b,
        0x86258c1fb4bb3230,
        0x3ccb7f0beef62fac,
        0xa6cd3374e334cf75,
        0xf6e9a4c7adf28689,
        0x69e982192410093a,
        0xdac9fd60764bca26,
    ],
    [
        0x8f58ebf5867fa431,
        0x2f319bb1a76b35cf,
        0xe54c4bac32bb2197,
        0xc38fadb5a39324ad,
        0xf6a1c6175f1262d0,
        0xfbfe98136d826250,
        0xe04e5e35bdf07198,
        0x810429fd04694e47,
        0x21744c2f30e4c690,
        0x28b21943327323e7,
        0x853ba479b5519d40,
    ],
    [
        0x8d0f850991bc66df,
        0xa4b64b7f515b7af3,
        0xebb104c85d63c41a,
        0x61ca81d58f129ae4,
        0xbf063bb90d293a8e,
        0x081ce203af5046b5,
        0xf31147db284f0702,
        0xa406187556d5198e,
        0x58d1890561dc4329,
        0xd0d4e7763e5edb74,
        0x2ea5040f446b2e8e,
    ],
];
const AVX512: &Table = &[
    [
        0xf8b7248d58a89a28,
        0x822ee68b72d7e48f,
        0xe7d8e5f7388da8c7,
        0xcc7580d6640e865e,
        0x3781ebe4979417d5,
        0x9641382055efdb79,
        0x8979e7cb143dfe34,
        0x37f1a36e9bd63082,
        0xa4c1161130651d62,
        0x8fe1685bc9e511f4,
        0xc7e5ed267fa652e2,
    ],
    [
        0x76d10d5d55a977cf,
        0xdf9037c382db80da,
        0xf223b2a031301440,
        0xc06df2be3a830e6c,
        0x46d0a49831862d2b,
        0x86258c1fb4bb3230,
        0x3ccb7f0beef62fac,
        0xa6cd3374e334cf75,
        0xcf4cba7458a24769,
        0x69e982192410093a,
        0xdac9fd60764bca26,
    ],
    [
        0x8f58ebf5867fa431,
        0x2f319bb1a76b35cf,
        0xe54c4bac32bb2197,
        0xc38fadb5a39324ad,
        0xf6a1c6175f1262d0,
        0xfbfe98136d826250,
        0xe04e5e35bdf07198,
        0x810429fd04694e47,
        0xdf3fdd35a1b1848c,
        0x28b21943327323e7,
        0x853ba479b5519d40,
    ],
    [
        0x8d0f850991bc66df,
        0xa4b64b7f515b7af3,
        0xebb104c85d63c41a,
        0x61ca81d58f129ae4,
        0xbf063bb90d293a8e,
        0x081ce203af5046b5,
        0xf31147db284f0702,
        0xa406187556d5198e,
        0x4b59c51d721758f8,
        0xd0d4e7763e5edb74,
        0x2ea5040f446b2e8e,
    ],
];
