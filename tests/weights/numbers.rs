//! Numbers of an activation in the metadata: written, compared, and left out in files of before.

use constprop::prelude::*;
use constprop::weights::{Dtype, Names, Weights, architecture_of};

use super::{file_of, told};

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Fifth(1 => 2 LeakyRelu<1, 5> => 1 Elu<1, 2>) minimizing HalfSquaredError;
}

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Usual(1 => 2 LeakyRelu => 1 Elu) minimizing HalfSquaredError;
}

fn written<N: Weights>(net: &N) -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    let length = net.write_safetensors_into(Names::ours(), Dtype::F64, &mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}

/// A file of [`Fifth`] with zeros, that says this of its network.
fn saying(network: &str) -> Vec<u8> {
    let header = format!(
        r#"{{"__metadata__":{{"network":"{network}"}},
        "theta1":{{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]}},
        "theta2":{{"dtype":"F64","shape":[3,1],"data_offsets":[32,56]}}}}"#
    );
    file_of(&header, &[0; 56])
}

#[test]
fn weights_for_other_numbers_are_refused() {
    let bytes = written(&Fifth::<f64>::seeded(1));
    let said = architecture_of(&bytes).unwrap().unwrap().chars().collect::<String>();
    assert_eq!(said, "1 => 2 LeakyRelu<1, 5> => 1 Elu<1, 2> minimizing HalfSquaredError");
    let mut net = Usual::<f64>::seeded(2);
    let error = told(&net.read_safetensors(&bytes, Names::found()).unwrap_err());
    let expected = "of another network: 1 => 2 LeakyRelu<1, 5> => 1 Elu<1, 2> minimizing \
                    HalfSquaredError; it must be 1 => 2 LeakyRelu<1, 100> => 1 Elu<1, 1> minimizing \
                    HalfSquaredError";
    assert_eq!(error, expected);
    assert_eq!(net, Usual::seeded(2));
    let mut net = Fifth::<f64>::zeros();
    net.read_safetensors(&bytes, Names::found()).unwrap();
    assert_eq!(net, Fifth::seeded(1));
}

#[test]
fn numbers_that_a_file_does_not_say_may_be_any() {
    for (network, fits) in [
        ("1 => 2 LeakyRelu => 1 Elu", true),
        ("1 => 2 LeakyRelu => 1 Elu minimizing HalfSquaredError", true),
        ("f32: 1 => 2 LeakyRelu => 1 Elu<1, 2> minimizing HalfSquaredError", true),
        ("1 => 2 LeakyRelu<1, 5> => 1 Elu", true),
        ("1 => 2 LeakyRelu<1, \\u0035> => 1 Elu", true),
        ("1 => 2 LeakyRelu<1, 5> => 1 Elu<1, 1>", false),
        ("1 => 2 LeakyRelu<1, 50> => 1 Elu", false),
        ("1 => 2 LeakyRelu<1, 5 => 1 Elu", false),
        ("1 => 2 LeakyRelu<1,5> => 1 Elu", false),
        ("1 => 2 LeakyRelu<> => 1 Elu", false),
        ("1 => 2 LeakyRelu<2, 10> => 1 Elu", false),
        ("1 => 2 LeakyReluu => 1 Elu", false),
        ("1 => 2 LeakyRelu", false),
        ("1 => 2 LeakyRelu => 1 Elu => 1 Elu", false),
        ("1 => 2 LeakyRelu => 1 Elu minimizing Huber", false),
        ("1 => 2 LeakyRelu => 1 Elu minimizing HalfSquaredErrors", false),
        ("f16: 1 => 2 LeakyRelu => 1 Elu", false),
        ("f32: f64: 1 => 2 LeakyRelu => 1 Elu", false),
        ("11 => 2 LeakyRelu => 1 Elu", false),
        ("=> 2 LeakyRelu => 1 Elu", false),
        ("", false),
    ] {
        let mut net = Fifth::<f64>::seeded(1);
        let fitted = net.read_safetensors(&saying(network), Names::found()).is_ok();
        assert_eq!(fitted, fits, "{network}");
    }
}
