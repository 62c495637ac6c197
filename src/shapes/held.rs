//! A gradient, or what holds one. Taken as one of a trait's, what is neither is blamed in a few lines, and the
//! compiler says what to write.

use crate::gradient::Gradient;
use crate::network::Network;
use crate::shapes::parameters::held;

/// ∇J of the network `N`, or what holds it: a `Box`, a reference, the guard of a lock.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no gradient of `{N}`, nor holds one",
    label = "`BigDeltas::finish` makes one of Δ"
)]
pub trait HoldsGradient<N: Network> {
    /// ∇J.
    fn held(&self) -> &Gradient<N>;
}

held!([N: Network] HoldsGradient<N>: Gradient<N>);
