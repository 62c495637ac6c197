//! The sharpest direction of J along a training run: the largest eigenvalue of ∇²J and of the
//! Gauss–Newton matrix by power iteration, `cargo run --release --example curvature`.
//!
//! Gradient descent at the rate α is stable where that eigenvalue stays below 2/α. Along the run it
//! rises towards that bound and stays near it: "the edge of stability" (Cohen et al. 2021).

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::{Error, rng};

network! {
    pub struct Curve(1 => 20 Tanh => 20 Tanh => 1 Identity) minimizing HalfSquaredError;
}

const RATE: f64 = 0.15;
const STEPS: usize = 4000;

type Matrix = fn(&Curve, &Data, &Gradient<Curve>) -> Result<Box<Gradient<Curve>>, Error>;

/// sin 3x and a bend, at 40 places.
struct Data {
    x: Vec<[f64; 1]>,
    y: Vec<[f64; 1]>,
    lambda: Regularization<f64>,
}

fn main() -> Result<(), Error> {
    let place = |i: usize| i as f64 / 20.0 - 0.975;
    let data = Data {
        x: (0..40).map(|i| [place(i)]).collect(),
        y: (0..40).map(|i| [(3.0 * place(i)).sin() + place(i).powi(2)]).collect(),
        lambda: Regularization::none(),
    };
    let mut net = Curve::<f64>::seeded(5);
    let mut descent = GradientDescent::new(RATE)?;
    let mut workspace = Workspace::boxed();
    let hessian: Matrix =
        |net, data, v| net.hessian_vector_product(&data.x, &data.y, &data.lambda, v);
    let gauss_newton: Matrix =
        |net, data, v| net.gauss_newton_product(&data.x, &data.y, &data.lambda, v);

    println!("rate {RATE}: stable where the largest eigenvalue is below {:.2}\n", 2.0 / RATE);
    println!(
        "{:>6} {:>12} {:>12} {:>14} {:>11}",
        "step", "J", "of ∇²J", "Gauss–Newton", "iterations"
    );
    for step in 0..=STEPS {
        if step % 400 == 0 {
            let (sharpness, iterations) = largest_eigenvalue(&net, &data, hessian)?;
            let (of_gauss_newton, _) = largest_eigenvalue(&net, &data, gauss_newton)?;
            let j = net.cost(&data.x, &data.y, &data.lambda)?;
            println!(
                "{step:>6} {j:>12.6} {sharpness:>12.4} {of_gauss_newton:>14.4} {iterations:>11}"
            );
        }
        descent.train(&mut net, &data.x, &data.y, &data.lambda, &mut workspace)?;
    }
    Ok(())
}

/// The eigenvalue of largest magnitude, and after how many products it stood still: v ← Av/‖Av‖.
fn largest_eigenvalue(net: &Curve, data: &Data, matrix: Matrix) -> Result<(f64, usize), Error> {
    let mut rng = rng(1);
    let mut v = Gradient::<Curve>::boxed();
    for entry in v.parameters_mut() {
        *entry = rng.random_range(-1.0..1.0);
    }
    let mut eigenvalue = 0.0;
    for iteration in 1..=1000 {
        let length = v.inner_product(&v).sqrt();
        for entry in v.parameters_mut() {
            *entry /= length;
        }
        let product = matrix(net, data, &v)?;
        let before = eigenvalue;
        eigenvalue = v.inner_product(&product);
        if f64::abs(eigenvalue - before) <= 1e-9 * eigenvalue.abs() {
            return Ok((eigenvalue, iteration));
        }
        v = product;
    }
    Ok((eigenvalue, 1000))
}
