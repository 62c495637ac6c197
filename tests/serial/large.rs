//! A network that no stack holds, written and read on a thread of 2 MiB.
//!
//! `cargo test --profile dev --test serial` compiles the crate without optimization too.

use std::hint::black_box;
use std::thread::Builder;

use constprop::prelude::*;
use constprop::serial;
use serde::{Deserialize, Serialize};

network! {
    /// Four of those stacks. Unoptimized, formats take a microsecond for each number.
    pub struct Big(3072 => 700 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

fn on_two_mebibytes(run: impl FnOnce() + Send + 'static) {
    Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_network_by_postcard_with_its_adam() {
    on_two_mebibytes(|| {
        let net = Big::<f32>::boxed_seeded(1);
        let bytes = postcard::to_allocvec(&net).unwrap();
        assert_eq!(bytes.len(), 4 * Big::<f32>::PARAMETERS + 7);
        let read: Box<Big<f32>> =
            serial::boxed(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap();
        assert!(read.parameters() == net.parameters());
        let mut there = Big::<f32>::boxed();
        let mut bytes = postcard::Deserializer::from_bytes(&bytes);
        serial::in_place(&mut *there, &mut bytes).unwrap();
        assert!(there.parameters() == net.parameters());

        let mut adam = Adam::<Big<f32>>::new(AdamSettings::default()).unwrap();
        adam.visit_state(&mut |_, part| {
            part.iter_mut().zip(net.parameters()).for_each(|(to, from)| *to = from.abs());
        });
        let bytes = postcard::to_allocvec(&adam).unwrap();
        let read: Adam<Big<f32>> = postcard::from_bytes(&bytes).unwrap();
        assert!(postcard::to_allocvec(&read).unwrap() == bytes);
        let read: Adam<Big<f32>, Box<Big<f32>>> = postcard::from_bytes(&bytes).unwrap();
        assert!(postcard::to_allocvec(&read).unwrap() == bytes);
    });
}

#[test]
fn a_network_and_a_gradient_by_json() {
    on_two_mebibytes(|| {
        let mut net = Big::<f32>::boxed();
        for (index, entry) in net.parameters_mut().iter_mut().enumerate().step_by(1009) {
            *entry = (index as f32).sin();
        }
        let json = serde_json::to_string(&net).unwrap();
        let read: Box<Big<f32>> =
            serial::boxed(&mut serde_json::Deserializer::from_str(&json)).unwrap();
        assert!(read.parameters() == net.parameters());
        let read: Box<Gradient<Big<f32>>> =
            serial::boxed(&mut serde_json::Deserializer::from_str(&json)).unwrap();
        assert!(read.parameters() == net.parameters());
    });
}

network! {
    /// Nearly the most that is read by value.
    #[derive(Debug, PartialEq)]
    pub struct Medium(784 => 18 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

/// With a field of that size.
#[derive(Serialize, Deserialize)]
struct Model {
    name: String,
    net: Medium<f32>,
}

fn is_read<V>(read: impl FnOnce() -> V + Send + 'static) {
    on_two_mebibytes(|| {
        let value = read();
        black_box(&value);
    });
}

#[test]
fn a_network_by_value() {
    assert!((55_000..60_000).contains(&Medium::<f32>::BYTES));
    let net = Medium::<f32>::boxed_seeded(1);
    let bytes = postcard::to_allocvec(&net).unwrap();
    let json = serde_json::to_string(&net).unwrap();
    let model = format!(r#"{{"name":"digits","net":{json}}}"#);
    is_read({
        let json = json.clone();
        move || serde_json::from_str::<Gradient<Medium<f32>>>(&json).unwrap()
    });
    is_read(move || postcard::from_bytes::<Medium<f32>>(&bytes).unwrap());
    is_read(move || serde_json::from_str::<Medium<f32>>(&json).unwrap());
    is_read(move || serde_json::from_str::<Model>(&model).unwrap());
}
