//! Files that PyTorch, Keras, scikit-learn and NumPy have written: `scripts/weights-files.py`; and ours of
//! earlier versions.

use constprop::prelude::*;
use constprop::weights::{Names, Weights};
use safetensors::SafeTensors;

use super::{Net, bytes, path};

network! {
    pub struct Every(
        3 => 4 Sigmoid => 4 Tanh => 4 Relu => 4 LeakyRelu => 4 Elu => 4 Gelu => 4 Silu => 4 Softplus
        => 4 Identity => 4 Softmax
    ) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Normalized(3 => 4 Tanh => 4 Sigmoid => 2 Identity) minimizing HalfSquaredError;
}

/// Networks that were trained elsewhere, as `scripts/export.py` says what they are.
mod trained {
    use constprop::prelude::*;

    network! {
        pub struct Keras(3 => 5 Tanh => 4 Silu => 4 LeakyRelu<1, 4> => 2 Softmax)
        minimizing CategoricalCrossEntropy;
    }

    network! {
        pub struct Regressor(3 => 5 Relu => 4 Relu => 2 Identity) minimizing HalfSquaredError;
    }

    network! {
        pub struct Classifier(3 => 5 Tanh => 3 Softmax) minimizing CategoricalCrossEntropy;
    }

    network! {
        pub struct Binary(3 => 4 Sigmoid => 1 Sigmoid) minimizing CrossEntropy;
    }
}

/// x and y of a file's metadata.
fn example(name: &str) -> ([f64; 3], Vec<f64>) {
    let bytes = bytes(name);
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let words = header.metadata().clone().unwrap();
    let numbers = |key: &str| -> Vec<f64> {
        words[key].split(' ').map(|number| number.parse().unwrap()).collect()
    };
    (numbers("x").try_into().unwrap(), numbers("y"))
}

/// Held to what the writer computed, read from bytes and from the file.
#[track_caller]
fn holds<N: Network<Scalar = f64, Input = [f64; 3]>>(name: &str, names: &[Names<'_>]) {
    let (x, expected) = example(name);
    for names in names {
        let (mut net, mut loaded) = (N::zeros(), N::zeros());
        net.read_safetensors(&bytes(name), *names).unwrap();
        loaded.load(path(name), *names).unwrap();
        assert_eq!(net.parameters(), loaded.parameters());
        let y = net.predict(&x);
        for (y, expected) in y.as_ref().iter().zip(&expected) {
            assert!((y - expected).abs() < 1e-12, "{name}: {y} where {expected} was written");
        }
        assert_eq!(y.as_ref().len(), expected.len());
    }
}

#[test]
fn pytorch_computes_the_same() {
    let both = [Names::pytorch(), Names::found()];
    holds::<Net>("pytorch-f64.safetensors", &both);
    holds::<Net>("pytorch-f64.safetensors", &[Names::pytorch().prefix("net.").numbers(&[0, 2])]);
    holds::<Net>("pytorch-f64.safetensors", &[Names::pytorch().layers(&["net.0", "net.2"])]);
    holds::<Every>("pytorch-activations-f64.safetensors", &both);
    holds::<Normalized>("pytorch-normalized-f64.safetensors", &both);
    let given = Names::pytorch().prefix("net.");
    holds::<Normalized>("pytorch-normalized-f64.safetensors", &[given.numbers(&[0, 4, 7])]);
    let pairs = &[("0", "1"), ("4", "5"), ("7", "")];
    holds::<Normalized>("pytorch-normalized-f64.safetensors", &[given.normalized(pairs)]);
    // Sixteen bits are exact, and PyTorch computed in f64 with them.
    holds::<Net>("pytorch-f16.safetensors", &both);
    holds::<Net>("pytorch-bf16.safetensors", &both);
    let actor = "_orig_mod.actor.";
    let prefixed = [Names::found().prefix(actor), Names::pytorch().prefix(actor)];
    holds::<Net>("pytorch-actor-critic-f64.safetensors", &prefixed);
}

/// The same of numbers and a network in single precision.
#[track_caller]
fn holds_in_single_precision<N: Network<Scalar = f32, Input = [f32; 3]>>(name: &str) {
    let (x, expected) = example(name);
    let mut net = N::zeros();
    net.load(path(name), Names::found()).unwrap();
    let y = net.predict(&x.map(|x| x as f32));
    assert_eq!(y.as_ref().len(), expected.len());
    for (y, expected) in y.as_ref().iter().zip(expected) {
        assert!(
            (f64::from(*y) - expected).abs() < 1e-6,
            "{name}: {y} where {expected} was written"
        );
    }
}

#[test]
fn what_computed_in_single_precision_computes_the_same() {
    holds_in_single_precision::<Net<f32>>("pytorch-f32.safetensors");
    holds_in_single_precision::<trained::Keras<f32>>("keras-trained-f32.safetensors");
}

/// Models of all three, through `scripts/export.py`.
#[test]
fn what_is_exported_computes_the_same() {
    let both = [Names::ours(), Names::found()];
    holds::<Normalized>("pytorch-exported-f64.safetensors", &both);
    holds::<trained::Keras>("keras-trained-f64.safetensors", &both);
    holds::<trained::Regressor>("scikit-learn-regressor-f64.safetensors", &both);
    holds::<trained::Classifier>("scikit-learn-classifier-f64.safetensors", &both);
    holds::<trained::Binary>("scikit-learn-binary-f64.safetensors", &both);
    // What export.py says of the network is held to.
    let error = trained::Classifier::<f64>::zeros()
        .load(path("scikit-learn-regressor-f64.safetensors"), Names::found())
        .unwrap_err()
        .to_string();
    let expected = "of another network: 3 => 5 Relu => 4 Relu => 2 Identity; it must be \
                    3 => 5 Tanh => 3 Softmax minimizing CategoricalCrossEntropy";
    assert!(error.ends_with(expected), "{error}");
}

#[test]
fn keras_naming_computes_the_same() {
    holds::<Net>("keras-f64.safetensors", &[Names::keras(), Names::found()]);
    let pairs = &[("first", "norm"), ("last", "")];
    let given = Names::keras().normalized(pairs);
    holds::<Net>("keras-normalized-f64.safetensors", &[given, given.epsilon(1e-3)]);
    // Another ε is another network.
    let (x, expected) = example("keras-normalized-f64.safetensors");
    let mut net = Net::<f64>::zeros();
    net.load(path("keras-normalized-f64.safetensors"), given.epsilon(1e-5)).unwrap();
    assert!((net.predict(&x)[0] - expected[0]).abs() > 1e-6);
}

#[test]
fn our_naming_computes_the_same() {
    holds::<Net>("numpy-f64.safetensors", &[Names::ours(), Names::found()]);
}

/// Files that this crate wrote before it had a reader of its own: of both scalars into both.
#[test]
fn files_of_before_still_load() {
    let expected = Net::<f64>::seeded(1);
    for names in [Names::ours(), Names::found()] {
        let mut net = Net::<f64>::zeros();
        net.load(path("old-f64.safetensors"), names).unwrap();
        assert_eq!(net, expected);
        let (mut single, mut double) = (Net::<f32>::zeros(), Net::<f64>::zeros());
        single.load(path("old-f32.safetensors"), names).unwrap();
        assert_eq!(single, Net::<f32>::seeded(1));
        double.load(path("old-f32.safetensors"), names).unwrap();
        let widened = single.parameters().iter().map(|&number| f64::from(number));
        assert_eq!(double.parameters(), widened.collect::<Vec<f64>>());
        single.load(path("old-f64.safetensors"), names).unwrap();
        assert_eq!(single.parameters()[7], expected.parameters()[7] as f32);
        // What a training has beside its network is nobody's business.
        net.load(path("old-training.safetensors"), names).unwrap();
        assert_ne!(net, expected);
        // Scaling is: who forgets it would predict something else.
        let error = net.load(path("old-scaled.safetensors"), names).unwrap_err().to_string();
        let left = "nothing to this network: x.deviation [3], x.mean [3], y.scale [2], y.shift [2]";
        assert!(error.ends_with(left), "{error}");
    }
}
