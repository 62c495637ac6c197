//! Heads of policies: what a network puts out as a distribution over actions, and its derivatives.
//!
//! A policy draws its action. To learn, it needs ln π(a) of the action that was taken, and the slope of that by
//! what the network gave: ∂J/∂a⁽ᴸ⁾, which goes into [`backward_from`](crate::Network::backward_from) and
//! [`gradient_from`](crate::Inside::gradient_from). With an advantage A of the action, a gradient of
//! J = −A ln π(a) makes good actions likelier (Williams 1992); PPO has a ratio of π to what it was in its place
//! (Schulman et al. 2017), and SAC goes back through the action itself (Haarnoja et al. 2018).
//!
//! | head | the network gives | ln π | entropy | KL(π ‖ π′) |
//! | --- | --- | --- | --- | --- |
//! | [`Categorical`] | z, K numbers | z_k − ln Σ e^{z_j} | −Σ π ln π | Σ π (ln π − ln π′) |
//! | [`Gaussian`] | μ, and ln σ or not: D numbers or 2 D | −Σ ½ε² + ln σ + ½ ln 2π | Σ ln σ + ½ ln 2πe | of ln σ/σ′ and μ − μ′ |
//! | [`SquashedGaussian`] | the same, of what tanh bounds | that − Σ ln(1 − tanh² u) | of samples | that of the Gaussians |
//!
//! The outputs are those of `Identity` (μ also of `Tanh`): the slopes are by them, in their order. All
//! functions are over [`Real`], allocate nothing, and check nothing: a NaN comes out as a NaN. What draws by a
//! random generator checks first, by `check`, and names the entry; call that where numbers come from elsewhere.
//!
//! ```
//! use constprop::DjDa;
//! use constprop::heads::Categorical;
//! use constprop::prelude::*;
//!
//! network! {
//!     pub struct Policy(4 => 16 Tanh => 3 Identity) minimizing HalfSquaredError;
//! }
//! let (policy, mut rng) = (Policy::<f64>::seeded(1), constprop::rng(2));
//! let x = [0.1, -0.2, 0.3, 0.4];
//! let trace = policy.forward(&x);
//! let head = Categorical { z: *trace.output() };
//! let action = head.sample(&mut rng)?;
//! let advantage = 1.5; // what came of it, less what was expected
//! let slopes = head.log_probability_slopes(action)?;
//! let dj_da = DjDa::from(slopes.map(|slope| -advantage * slope));
//! let deltas = policy.backward_from(&trace, &dj_da);
//! # assert!(deltas.delta3[action] < 0.0); // a step against it makes the action likelier
//! # Ok::<(), constprop::Error>(())
//! ```

mod categorical;
mod gaussian;
mod squashed;

use nalgebra::RealField;

pub use categorical::Categorical;
pub use gaussian::{Gaussian, GaussianSlopes, MOST_LOG_SIGMA, noise};
pub use squashed::SquashedGaussian;

use crate::error::Error;
use crate::real::{Real, to_f64};

/// Names the first entry that does not fit.
fn check_entries<T: RealField>(
    name: &'static str,
    entries: &[T],
    expected: &'static str,
    fits: impl Fn(&T) -> bool,
) -> Result<(), Error> {
    match entries.iter().position(|entry| !fits(entry)) {
        None => Ok(()),
        Some(entry) => Err(Error::Head { name, entry, value: to_f64(&entries[entry]), expected }),
    }
}

/// p · `of`, and 0 where p is: what is infinite there has no part in a mean.
fn weighted<V: Real>(p: V, of: V) -> V {
    p.clone().select_gt(V::zero(), p * of, V::zero())
}
