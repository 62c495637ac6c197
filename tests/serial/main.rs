//! What serde's formats give back: every bit, or an error that says where.

mod history;
mod large;
mod networks;
mod numbers;
mod optimizers;
mod scales;
mod settings;

use std::fmt::Debug;

use constprop::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Tiny(2 => 2 Tanh => 1 Identity) minimizing HalfSquaredError;
}

fn to_json<V: Serialize>(value: &V) -> String {
    serde_json::to_string(value).unwrap()
}

/// What serde_json says, without where in the text.
fn refused<V: DeserializeOwned + Debug>(json: &str) -> String {
    let error = serde_json::from_str::<V>(json).unwrap_err().to_string();
    error.split(" at line ").next().unwrap().to_owned()
}

/// `value` as it comes back from each format: one for humans, one without names or lengths, one with
/// lengths.
fn returned<V: Serialize + DeserializeOwned>(value: &V) -> [V; 3] {
    let json = serde_json::from_str(&to_json(value)).unwrap();
    let postcard = postcard::from_bytes(&postcard::to_allocvec(value).unwrap()).unwrap();
    let message = rmp_serde::from_slice(&rmp_serde::to_vec(value).unwrap()).unwrap();
    [json, postcard, message]
}

/// What has no NaN in it.
fn returns<V: Serialize + DeserializeOwned + Debug + PartialEq>(value: &V) {
    for returned in returned(value) {
        assert_eq!(returned, *value);
    }
}

/// Every beginning of what postcard writes is an error, and no panic.
fn cut_off<V: Serialize + DeserializeOwned + Debug>(value: &V) {
    let bytes = postcard::to_allocvec(value).unwrap();
    for length in 0..bytes.len() {
        let error = postcard::from_bytes::<V>(&bytes[..length]).unwrap_err();
        assert_eq!(error, postcard::Error::DeserializeUnexpectedEnd, "{length} bytes");
    }
}
