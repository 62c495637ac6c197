//! Networks as bytes.

use constprop::prelude::*;
use constprop::weights::{
    Contents, Dtype, Facts, Names, Packed, Part, Turns, Weights, architecture_of, read_shapes,
    read_tensor,
};

use super::Net;
use super::heap::at_most;

/// Every way of naming tensors.
fn namings<R>(each: impl FnMut(Names<'_>) -> R) {
    let by = |l: usize, part: Part, name: &mut dyn std::fmt::Write| match part {
        Part::Weight | Part::Bias => write!(name, "{part:?}{l}"),
        _ => Ok(()),
    };
    let (pytorch, keras) = (Names::pytorch(), Names::keras());
    let all = [
        Names::found(),
        Names::found().zero_where_no_bias().among_others(),
        pytorch,
        pytorch.prefix("net.").numbers(&[0, 2]),
        pytorch.normalized(&[("0", "1"), ("3", "")]),
        keras,
        keras.layers(&["a", "b"]).epsilon(0.0),
        Names::ours(),
        Names::ours().among_others(),
        keras.by(&by),
    ];
    all.into_iter().map(each).for_each(drop);
}

/// What is read of bytes is finite, and what is written of it is read again; of an error the network has
/// nothing, and reading has taken nothing of the heap.
fn read<N: Weights>(bytes: &[u8], names: Names<'_>) {
    let mut net = N::zeros();
    let result = at_most(0, 0, 0, || net.read_safetensors(bytes, names));
    if let Err(error) = result {
        // Names that are escaped take six times their bytes, and a text is copied as it grows.
        at_most(bytes.len(), 20, 4096, || error.to_string());
        assert!(net.parameters().iter().all(|number| *number == nalgebra::zero()));
        return;
    }
    net.check_parameters().unwrap();
    let (mut buffer, mut again) = ([0; 4096], N::zeros());
    let length = net.write_safetensors_into(Names::pytorch(), Dtype::F64, &mut buffer).unwrap();
    again.read_safetensors(&buffer[..length], Names::found()).unwrap();
    assert!(again.parameters() == net.parameters());
}

static FACTS: Facts = Facts { shapes: Net::<f64>::SHAPES, cost: "HalfSquaredError" };

fn every_reader(bytes: &[u8]) {
    namings(|names| {
        read::<Net<f32>>(bytes, names);
        read::<Net<f64>>(bytes, names);
    });
    let mut numbers = [0.0_f32; 3];
    if at_most(0, 0, 0, || read_tensor(bytes, "0.bias", &mut numbers)).is_err() {
        assert_eq!(numbers, [0.0; 3]);
    }
    assert!(numbers.iter().all(|number| number.is_finite()));
    let _ = architecture_of(bytes).map(|words| words.map(|words| words.to_string()));
    let _ =
        at_most(bytes.len(), 8, 0, || read_shapes::<f64>(&FACTS, bytes, Names::found()).is_ok());
}

/// Bytes as they are; and the same with the length of the header that they have, for a fuzzer that has made
/// it longer or shorter.
pub fn safetensors(bytes: &[u8]) {
    every_reader(bytes);
    if let Some((_, behind)) = bytes.split_at_checked(8)
        && let Some(end) = behind.windows(2).position(|pair| pair == b"}}")
    {
        let mut mended = (end as u64 + 2).to_le_bytes().to_vec();
        mended.extend(behind);
        if mended != bytes {
            every_reader(&mended);
        }
    }
}

fn unpack<N: Packed>(bytes: &[u8]) {
    let mut net = N::zeros();
    let result = at_most(0, 0, 0, || net.unpack(bytes));
    assert_eq!(N::check_packed(bytes).is_ok(), result.is_ok());
    let Err(error) = result else {
        net.check_parameters().unwrap();
        let read = Contents::read(bytes).unwrap();
        let words = net.packed_words(read.sequence).unwrap();
        let packed = words.flatten().collect::<Vec<u8>>();
        // Whatever fills up to a multiple of 8 bytes.
        let again = Contents::read(&packed).unwrap();
        assert_eq!((read.architecture, read.bits), (again.architecture, again.bits));
        assert_eq!((read.sequence, read.parameters), (again.sequence, again.parameters));
        return;
    };
    at_most(bytes.len(), 8, 4096, || error.to_string());
    assert!(net.parameters() == N::zeros().parameters());
}

fn every_unpacker(bytes: &[u8]) {
    unpack::<Net<f32>>(bytes);
    unpack::<Net<f64>>(bytes);
    let _ = at_most(0, 0, 0, || Contents::read(bytes)).map_err(|error| error.to_string());
    let turns = Turns::of::<Net<f32>>([bytes, bytes.get(8..).unwrap_or_default()]);
    assert_ne!(Some(turns.next()), turns.newest());
}

/// Bytes as they are, and with the checksum that they have to have.
pub fn packed(bytes: &[u8]) {
    every_unpacker(bytes);
    let Some(front) = bytes.len().checked_sub(16).map(|length| &bytes[..length]) else { return };
    let (mut a, mut b) = (0_u64, 0_u64);
    for word in front.chunks_exact(4) {
        a = a.wrapping_add(u64::from(u32::from_le_bytes(word.try_into().unwrap())));
        b = b.wrapping_add(a);
    }
    every_unpacker(&[front, &a.to_le_bytes(), &b.to_le_bytes()].concat());
}
