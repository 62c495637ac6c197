//! The gradient of the article's network, checked by all four methods, and what they say once an
//! entry is off by a ten thousandth: `cargo run --release --example check`.

use constprop::check::{Check, Report};
use constprop::prelude::*;

network! {
    /// s₁ = 3, s₂ = 5, s₃ = 4, s₄ = 2.
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

const X: [[f64; 3]; 3] = [[0.1, 0.8, -0.4], [-0.7, 0.2, 0.9], [0.5, -0.6, 0.3]];
const Y: [[f64; 2]; 3] = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];

fn main() -> Result<(), constprop::Error> {
    let net = Article::<f64>::seeded(4);
    let lambda = Regularization::article(0.1);
    let (j, mut gradient) = net.cost_and_gradient(&X, &Y, &lambda)?;

    println!("J = {j:.6} over {} examples, {} parameters\n", X.len(), gradient.parameters().len());
    for report in by_all_methods(&net, &lambda, &gradient)? {
        println!("{report}");
    }

    let largest = gradient.theta2.weights.amax();
    gradient.theta2.weights[(3, 1)] += 1e-4 * largest;
    println!("The same with one entry of ∂J/∂Θ⁽²⁾ off by 1e-4 of the largest:\n");
    for report in by_all_methods(&net, &lambda, &gradient)? {
        println!("{report}");
    }
    Ok(())
}

fn by_all_methods(
    net: &Article,
    lambda: &Regularization<f64>,
    gradient: &Gradient<Article>,
) -> Result<[Report; 4], constprop::Error> {
    Ok([
        Check::exact().given(net, &X, &Y, lambda, gradient)?,
        Check::richardson().given(net, &X, &Y, lambda, gradient)?,
        Check::central().given(net, &X, &Y, lambda, gradient)?,
        Check::taylor().given(net, &X, &Y, lambda, gradient)?,
    ])
}
