//! Trainings of networks with wide inputs and outputs.

use constprop::data::one_hot_all;
use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{
    Classifier, EarlyStopping, Fit, Regressor, accuracy, mean_absolute_error, r2,
};
use constprop::{Clip, Dropout, Error, RealField};

use super::on_a_small_stack;

/// Entries of x.
const S: usize = 224 * 224 * 3;

network! {
    pub struct WideIn(S => 2 Tanh => 2 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Wide(S => 2 Tanh => S Identity) minimizing HalfSquaredError;
}

network! {
    pub struct ManyClasses(S => 2 Tanh => S Softmax) minimizing CategoricalCrossEntropy;
}

/// So many samples, made on the heap.
fn samples<T: RealField + Copy, const S: usize>(m: usize, seed: u64) -> Vec<[T; S]> {
    let mut rng = constprop::rng(seed);
    let flat: Vec<T> = (0..m * S).map(|_| nalgebra::convert(rng.random_range(-1.0..1.0))).collect();
    let (samples, _) = flat.as_chunks::<S>();
    samples.to_vec()
}

/// An optimizer that does nothing.
struct Still;

impl<N: Network> Optimizer<N> for Still {
    fn train(
        &mut self,
        _: &mut N,
        _: &[N::Input],
        _: &[N::Target],
        _: &Regularization<N::Scalar>,
        _: &mut Workspace<N>,
    ) -> Result<N::Scalar, Error> {
        Ok(nalgebra::one())
    }

    fn step(&mut self, _: &mut N, _: &Gradient<N>) -> Result<(), Error> {
        Ok(())
    }

    fn rate(&self) -> N::Scalar {
        nalgebra::one()
    }

    fn set_rate(&mut self, _: N::Scalar) -> Result<(), Error> {
        Ok(())
    }
}

/// Whatever a training can be told that copies examples, or looks at them.
macro_rules! all_kinds {
    ($scalar:ident, $net:ident, $x:ident, $y:ident, $rate:literal) => {
        let mut net = $net::<$scalar>::boxed_seeded(1);
        let mut descent = GradientDescent::new($rate).unwrap();
        let weights = [1.0; 10];
        let dropout = Dropout::new([0.5], 1).unwrap();
        let plain = || Fit::new().epochs(2).batch(5);
        let watched = || {
            plain()
                .validation_split(0.4)
                .watch_training()
                .early_stopping(EarlyStopping::patience(9))
                .metric("r2", r2)
                .metric("mae", mean_absolute_error)
                .metric("accuracy", accuracy)
        };
        let varied = || {
            plain()
                .validation_weighted(&$x[..4], &$y[..4], &weights[..4])
                .metric("mae", mean_absolute_error)
                .weights(&weights)
                .dropout(&dropout)
                .clip(Clip::norm(1.0).unwrap())
                .augment(|x: &mut [$scalar; S], rng| x[7] += rng.random_range(0.0..0.1))
        };
        for fit in [plain(), watched(), varied(), plain().threads(2).unwrap()] {
            let history = fit.run(&mut *net, &mut descent, &$x, &$y).unwrap();
            assert_eq!(history.epochs().len(), 2);
        }
    };
}

macro_rules! of_scalar {
    ($scalar:ident) => {
        mod $scalar {
            use super::*;

            #[test]
            fn fit_of_wide_inputs() {
                on_a_small_stack(|| {
                    let x = samples::<$scalar, S>(10, 1);
                    let y = one_hot_all(&[0, 1, 0, 1, 1, 1, 0, 0, 1, 0]).unwrap();
                    all_kinds!($scalar, WideIn, x, y, 0.1);
                });
            }

            /// Of what surrounds the network: by an optimizer that leaves it alone.
            #[test]
            fn examples_with_wide_outputs() {
                on_a_small_stack(|| {
                    let (x, y) = (samples::<$scalar, S>(10, 1), samples::<$scalar, S>(10, 2));
                    let mut net = Wide::<$scalar>::boxed_seeded(1);
                    let fit = Fit::new().epochs(2).batch(3).augment(|x: &mut [$scalar; S], rng| {
                        x[7] += rng.random_range(0.0..0.1);
                    });
                    let history = fit.run(&mut *net, &mut Still, &x, &y).unwrap();
                    assert_eq!(history.epochs()[1].j, 1.0);
                    // Predictions have their room, and classes their targets, before an error.
                    let fit = || Fit::new().epochs(0).validation_split(0.4);
                    let fit = || fit().watch_training().metric("r2", r2);
                    assert!(fit().run(&mut *net, &mut Still, &x, &y).is_ok());
                    let labels = [3, 0, S - 1, 7, 9, 1, 1, 1, 1, 1];
                    let mut model = Classifier::<ManyClasses<$scalar>>::seeded(1);
                    let fit = || Fit::new().epochs(0).validation_split(0.4);
                    assert!(model.fit_with(fit(), &x, &labels).is_ok());
                    let mut model = Regressor::<Wide<$scalar>>::seeded(1).rate(-1.0);
                    assert!(model.fit(&x, &y).is_err());
                });
            }

            #[test]
            fn fit_of_wide_outputs() {
                on_a_small_stack(|| {
                    let (x, y) = (samples::<$scalar, S>(10, 1), samples::<$scalar, S>(10, 2));
                    all_kinds!($scalar, Wide, x, y, 1e-7);
                });
            }

            #[test]
            fn regressor() {
                on_a_small_stack(|| {
                    let (x, y) = (samples::<$scalar, S>(5, 1), samples::<$scalar, S>(5, 2));
                    let mut model = Regressor::<Wide<$scalar>>::seeded(1).rate(1e-6);
                    model.fit_with(Fit::new().epochs(1), &x, &y).unwrap();
                    assert!(model.score(&x, &y).unwrap().is_finite());
                    assert_eq!(model.predict(&x).unwrap().len(), 5);
                });
            }

            #[test]
            fn classifier() {
                on_a_small_stack(|| {
                    let (x, labels) = (samples::<$scalar, S>(5, 1), [3, 0, S - 1, 7, 9]);
                    let mut model = Classifier::<ManyClasses<$scalar>>::seeded(1).rate(1e-6);
                    model.fit_with(Fit::new().epochs(1), &x, &labels).unwrap();
                    assert!(model.score(&x, &labels).unwrap() <= 1.0);
                    assert_eq!(model.predict(&x).unwrap().len(), 5);
                    assert_eq!(model.probabilities(&x).unwrap().len(), 5);
                });
            }
        }
    };
}

of_scalar!(f32);
of_scalar!(f64);
