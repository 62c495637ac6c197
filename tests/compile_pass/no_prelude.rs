//! Without the language's prelude, and without this crate's.
#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

::constprop::network! {
    /// Everything that a network can have.
    #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
    pub struct Net<const N: usize>(N => 3 ::constprop::Tanh => {1 + 1} ::constprop::Sigmoid)
        minimizing ::constprop::CrossEntropy;
}

const _: () = ::core::assert!(<Net<2> as ::constprop::Parameters>::PARAMETERS == 9 + 8);

fn main() {
    let net = <Net<2> as ::constprop::Network>::zeros();
    let _ = ::constprop::Network::forward(&net, &[0.1, 0.2]);
}
