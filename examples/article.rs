//! The article's 4-layer network with every quantity printed by its name, with its shape, and
//! the gradient beside a numerical one: `cargo run --release --example article`.

use constprop::prelude::*;
use constprop::{RealField, Sample};

network! {
    /// s₁ = 3, s₂ = 5, s₃ = 4, s₄ = 2.
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

/// The step of the central differences.
const H: f64 = 1e-5;

fn main() -> Result<(), constprop::Error> {
    let x = [[0.1, 0.8, -0.4], [-0.7, 0.2, 0.9], [0.5, -0.6, 0.3]];
    let y = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    let m = x.len();
    let lambda = Regularization::article(0.1);
    let mut net = Article::<f64>::zeros();
    net.initialize(Init::EPSILON, &mut constprop::rng(4));

    println!("{}", Article::<f64>::summary());
    println!("Parameters: Θ⁽ˡ⁾ is s_(l+1) × (s_l + 1), its bias column first\n");
    matrix("theta1", net.theta1.matrix::<4>());
    matrix("theta2", net.theta2.matrix::<6>());
    matrix("theta3", net.theta3.matrix::<5>());

    println!("Forward, the first of {m} examples: z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾], a⁽ˡ⁺¹⁾ = g(z⁽ˡ⁺¹⁾)\n");
    let trace = net.forward(&x[0]);
    vector("a1 = x", trace.a1.array());
    vector("z2", trace.z2.array());
    vector("a2", trace.a2.array());
    vector("z3", trace.z3.array());
    vector("a3", trace.a3.array());
    vector("z4", trace.z4.array());
    vector("a4 = h(x)", trace.a4.array());
    vector("y", &y[0]);

    println!(
        "\nBackward: δ⁽⁴⁾ = a⁽⁴⁾ − y, δ⁽ˡ⁾ = (Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row) ∘ g′(z⁽ˡ⁾)\n"
    );
    let deltas = net.backward(&trace, &y[0]);
    vector("delta4", deltas.delta4.array());
    vector("delta3", deltas.delta3.array());
    vector("delta2", deltas.delta2.array());

    println!("\nSum over the examples: Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ\n");
    let mut sums = BigDeltas::<Article<f64>>::zeros();
    for (x, y) in x.iter().zip(&y) {
        let trace = net.forward(x);
        sums.accumulate(&trace, &net.backward(&trace, y));
    }
    matrix("Delta1", sums.theta1.matrix::<4>());
    matrix("Delta2", sums.theta2.matrix::<6>());
    matrix("Delta3", sums.theta3.matrix::<5>());

    println!("Gradient: ∂J/∂Θ⁽ˡ⁾ = Δ⁽ˡ⁾/m + λ Θ⁽ˡ⁾, here λ = {}\n", lambda.lambda());
    let (j, gradient) = net.cost_and_gradient(&x, &y, &lambda)?;
    let numerical = numerical_gradient(&net, &x, &y, &lambda)?;
    println!("J = {j:.12}\n");
    beside("dJ/dtheta1", gradient.theta1.matrix::<4>(), numerical.theta1.matrix::<4>());
    beside("dJ/dtheta2", gradient.theta2.matrix::<6>(), numerical.theta2.matrix::<6>());
    beside("dJ/dtheta3", gradient.theta3.matrix::<5>(), numerical.theta3.matrix::<5>());

    let pairs = gradient.parameters().iter().zip(numerical.parameters());
    let worst = pairs.map(|(found, numerical)| (found - numerical).abs()).fold(0.0, f64::max);
    println!("Largest difference of any entry: {worst:.1e}");
    Ok(())
}

/// (J(θ + h) − J(θ − h)) / 2h for every θ.
fn numerical_gradient(
    net: &Article<f64>,
    x: &[[f64; 3]],
    y: &[[f64; 2]],
    lambda: &Regularization<f64>,
) -> Result<Gradient<Article<f64>>, constprop::Error> {
    let mut moved = net.boxed_clone();
    let mut numerical = Gradient::<Article<f64>>::zeros();
    for index in 0..Article::<f64>::PARAMETERS {
        let theta = net.parameters()[index];
        moved.parameters_mut()[index] = theta + H;
        let above = moved.cost(x, y, lambda)?;
        moved.parameters_mut()[index] = theta - H;
        let below = moved.cost(x, y, lambda)?;
        moved.parameters_mut()[index] = theta;
        numerical.parameters_mut()[index] = (above - below) / (2.0 * H);
    }
    Ok(numerical)
}

fn vector<T: RealField, X: Sample<T>>(name: &str, entries: &X) {
    print!("{name:<10} {:>5}  ", X::SIZE);
    entries.as_ref().iter().for_each(|entry| print!(" {entry:>9.6}"));
    println!();
}

type View<'a, const R: usize, const C: usize> = constprop::nalgebra::SMatrixView<'a, f64, R, C>;

fn matrix<const R: usize, const C: usize>(name: &str, matrix: View<'_, R, C>) {
    for (row, entries) in matrix.row_iter().enumerate() {
        let (name, shape) = head(row, name, R, C);
        print!("{name:<10} {shape:>5}  ");
        entries.iter().for_each(|entry| print!(" {entry:>9.6}"));
        println!();
    }
    println!();
}

/// Backpropagation on the left, central differences on the right.
fn beside<const R: usize, const C: usize>(name: &str, left: View<'_, R, C>, right: View<'_, R, C>) {
    for (row, (left, right)) in left.row_iter().zip(right.row_iter()).enumerate() {
        let (name, shape) = head(row, name, R, C);
        print!("{name:<10} {shape:>5}  ");
        left.iter().for_each(|entry| print!(" {entry:>9.6}"));
        print!("  |");
        right.iter().for_each(|entry| print!(" {entry:>9.6}"));
        println!();
    }
    println!();
}

/// Name and shape stand in front of the first row alone.
fn head(row: usize, name: &str, rows: usize, columns: usize) -> (String, String) {
    if row == 0 { (name.into(), format!("{rows} × {columns}")) } else { Default::default() }
}
