//! A network in the program: bytes that become a `static` while it is compiled.

use super::bytes::network;
use super::packed::Form;
use crate::fast::registers::Float;
use crate::network::Network;

/// [`embedded`] looks at the checksum of so many bytes at most: 1 MiB takes the compiler 0.7 s.
pub const CHECKED: usize = 1 << 20;

/// A network of packed weights, in a constant.
///
/// The network lies in the program as it is used: nothing is copied or read when that starts, and where
/// flash is addressable no RAM is taken. The bytes may lie anywhere; whatever the machine's byte order,
/// the compiler brings them into it.
///
/// ```
/// # macro_rules! include_bytes {
/// #     ($name:literal) => {
/// #         ::core::include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compile_fail/", $name))
/// #     };
/// # }
/// use constprop::prelude::*;
/// use constprop::weights::embedded;
///
/// network! {
///     pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
/// }
/// static POLICY: Policy<f32> = embedded(include_bytes!("policy.bin"));
///
/// let action = POLICY.predict(&[0.1, 0.0, -0.2, 0.3]);
/// # assert_eq!(action, Policy::<f32>::seeded(1).predict(&[0.1, 0.0, -0.2, 0.3]));
/// ```
///
/// With an alignment: `static POLICY: Aligned<Policy<f32>> = Aligned(embedded(include_bytes!("policy.bin")))`.
///
/// Of bytes that are longer than [`CHECKED`], sizes, activations, scalar and length are held, and the
/// checksum is left to a test of yours:
/// [`Policy::<f32>::check_packed(include_bytes!("policy.bin"))`](super::Packed::check_packed).
///
/// # Panics
///
/// Where the bytes are of another network or scalar, too long or too short, or damaged: in a constant
/// that stops the build, with what a [`PackedError`](super::PackedError) says. At run time call
/// [`Packed::unpack`](super::Packed::unpack), which panics nowhere and needs no stack.
#[must_use]
#[track_caller]
pub const fn embedded<N: Network<Scalar: Float>>(packed: &[u8]) -> N {
    match Form::of::<N>().read(packed, CHECKED) {
        Ok(contents) => network(contents.parameters),
        Err(error) => error.stop(),
    }
}
