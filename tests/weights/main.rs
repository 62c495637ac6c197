//! Weights of other programs, read and written; and bytes that are none.

mod foreign;
mod hostile;
mod names;
mod numbers;
mod reference;
mod writing;

use std::path::PathBuf;

use constprop::prelude::*;
use constprop::weights::WeightsError;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Net(3 => 4 Tanh => 2 Identity) minimizing HalfSquaredError;
}

/// A file of `tests/weights_files`.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("weights_files").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

/// What an error says behind where the bytes are from.
fn told(error: &WeightsError<'_>) -> String {
    error.to_string().strip_prefix("bytes: ").unwrap().to_owned()
}

/// A file with this header, whatever it is, and this data.
fn file_of(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    bytes.extend(data);
    bytes
}

/// Tensors of `f64` one behind the other, in the order in which they are given.
fn file(tensors: &[(&str, &[usize], &[f64])]) -> Vec<u8> {
    let (mut header, mut data) = (Vec::new(), Vec::new());
    for (name, shape, numbers) in tensors {
        let start = data.len();
        data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        header.push(format!(
            "{name:?}:{{\"dtype\":\"F64\",\"shape\":{shape:?},\"data_offsets\":[{start},{}]}}",
            data.len()
        ));
    }
    file_of(&format!("{{{}}}", header.join(",")), &data)
}

/// Θ of a [`Net`] in PyTorch's order: two weights and two biases, and the parameters that they are.
fn parts() -> ([Vec<f64>; 4], Vec<f64>) {
    let numbers = |count: usize, from: usize| {
        (0..count).map(|i| (from + i) as f64 * 0.125 - 1.0).collect::<Vec<f64>>()
    };
    let [w1, b1, w2, b2] = [numbers(12, 1), numbers(4, 20), numbers(8, 30), numbers(2, 40)];
    let columns = |weights: &[f64], s_in: usize| {
        let column = |i: usize| weights.iter().skip(i).step_by(s_in).copied().collect::<Vec<_>>();
        (0..s_in).flat_map(column).collect::<Vec<f64>>()
    };
    let parameters = [&b1[..], &columns(&w1, 3), &b2, &columns(&w2, 4)].concat();
    ([w1, b1, w2, b2], parameters)
}

/// The same as a file, by the names of the two weights and the two biases.
fn file_named(names: [&str; 4]) -> Vec<u8> {
    let ([w1, b1, w2, b2], _) = parts();
    file(&[
        (names[0], &[4, 3], &w1),
        (names[1], &[4], &b1),
        (names[2], &[2, 4], &w2),
        (names[3], &[2], &b2),
    ])
}
