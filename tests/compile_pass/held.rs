//! A network is taken by value, in a `Box`, an `Aligned`, both, and behind a `&mut`; generic functions have
//! bounds with a name.

use constprop::prelude::*;
use constprop::train::Fit;
use constprop::{Aligned, Batch, Error, Float, RealField};

network! {
    pub struct Big(30 => 20 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

const X: [[f32; 30]; 2] = [[0.5; 30]; 2];

fn boxed(y: &[[f32; 10]]) -> Result<(), Error> {
    let mut net = Big::<f32>::boxed_seeded(1);
    let (mut descent, mut adam) =
        (GradientDescent::new(0.1)?, Adam::boxed(AdamSettings::default())?);
    Fit::new().epochs(5).run(&mut net, &mut descent, &X, y)?;
    Fit::new().epochs(5).run(&mut net, &mut adam, &X, y)?;
    let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
    let (_, gradient) = net.cost_and_gradient(&X, y, &none)?;
    descent.step(&mut net, &gradient)?;
    adam.step(&mut net, &gradient)?;
    adam.train(&mut net, &X, y, &none, &mut workspace)?;
    Batch::new(&X, y).cost_and_gradient(&net, &none, &mut workspace)?;
    Ok(())
}

fn aligned(y: &[[f32; 10]]) -> Result<(), Error> {
    let mut net = Aligned(Big::<f32>::seeded(1));
    let mut descent = GradientDescent::new(0.1)?;
    Fit::new().epochs(5).run(&mut net, &mut descent, &X, y)?;
    let mut net = Aligned::<Big<f32>>::boxed();
    Fit::new().epochs(5).run(&mut net, &mut descent, &X, y)?;
    let mut net = &mut *net;
    Fit::new().epochs(5).run(&mut net, &mut descent, &X, y)?;
    Fit::<Big<f32>>::new().epochs(5).run(net, &mut descent, &X, y)?;
    Ok(())
}

fn any<N: FloatNetwork>(net: &mut N, x: &[N::Input], y: &[N::Target]) -> Result<(), Error> {
    let mut adam = Adam::new(AdamSettings::default())?;
    Fit::new().validation(x, y).run(net, &mut adam, x, y)?;
    Batch::new(x, y).cost(net, &Regularization::none(), &mut Workspace::boxed())?;
    Ok(())
}

fn over<T: Float>(net: &mut Big<T>, x: &[[T; 30]], y: &[[T; 10]]) -> Result<(), Error> {
    any(net, x, y)
}

/// Optimizers work over any scalar.
fn step<T: RealField>(net: &mut Big<T>, gradient: &Gradient<Big<T>>) -> Result<(), Error> {
    GradientDescent::new(T::one())?.step(net, gradient)
}

fn captures(y: &[[f32; 10]]) -> Result<(), Error> {
    let threshold = 0.7;
    let (mut net, mut descent) = (Big::<f32>::seeded(1), GradientDescent::new(0.1)?);
    Fit::<Big<f32>>::new()
        .metric("above", |h, _| h.iter().filter(|h| h[0] > threshold).count() as f64)
        .on_epoch(|p| {
            assert!(p.net.predict(&X[0])[0] <= 1.0);
            constprop::train::Control::Continue
        })
        .run(&mut net, &mut descent, &X, y)?;
    Ok(())
}

fn main() -> Result<(), Error> {
    let y = [one_hot(3)?, one_hot(4)?];
    boxed(&y)?;
    aligned(&y)?;
    captures(&y)?;
    let mut net = Big::<f32>::seeded(2);
    over(&mut net, &X, &y)?;
    let (_, gradient) = net.cost_and_gradient(&X, &y, &Regularization::none())?;
    step(&mut net, &gradient)?;
    net.theta1 -= 0.1 * &gradient.theta1;
    net.theta1 -= &gradient.theta1 * 0.1;
    Ok(())
}
