//! The policy, and what it earns.

use std::f64::consts::{PI, TAU};

use constprop::Error;
use constprop::prelude::*;

use crate::dynamics::{MOST_TORQUE, STEPS, State, cost, next};

network! {
    /// cos θ, sin θ and speed to a torque, in units of the largest one.
    pub struct Policy(3 => 32 Tanh => 32 Tanh => 1 Tanh) minimizing HalfSquaredError;
}

/// The starts that all are measured by.
const EPISODES: usize = 100;

/// How often a policy is looked at while it is trained.
pub const LOOKS: usize = 20;

/// What looks at it.
pub trait Watch: FnMut(&Policy<f64>) -> Result<(), Error> + Send {}
impl<F: FnMut(&Policy<f64>) -> Result<(), Error> + Send> Watch for F {}

/// Whether a policy is looked at after so many of all steps.
pub fn is_look(done: usize, all: usize) -> bool {
    done * LOOKS / all > (done - 1) * LOOKS / all
}

/// The share of a training's steps that is done, at least one for each look.
pub fn share(steps: usize, percent: usize) -> usize {
    (steps * percent).div_ceil(100).max(LOOKS)
}

/// Spread evenly over [−π, π] × [−1, 1]: θ in equal distances, the speed by the golden ratio.
pub fn fixed_starts() -> Vec<State> {
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let start = |i: usize| State {
        theta: TAU * (i as f64 + 0.5) / EPISODES as f64 - PI,
        speed: 2.0 * (golden * i as f64).fract() - 1.0,
    };
    (0..EPISODES).map(start).collect()
}

/// The torque that a policy takes.
pub fn torque(policy: &Policy<f64>, state: State) -> f64 {
    MOST_TORQUE * policy.predict(&state.observed())[0]
}

/// Mean over these starts of the sum of all rewards.
pub fn mean_return(policy: &Policy<f64>, starts: &[State]) -> Result<f64, Error> {
    let (mut states, mut sum) = (starts.to_vec(), 0.0);
    let (mut workspace, mut outputs) = (Workspace::boxed(), vec![[0.0]; starts.len()]);
    for _ in 0..STEPS {
        let inputs: Vec<_> = states.iter().map(|state| state.observed()).collect();
        policy.predict_with(&inputs, &mut outputs, &mut workspace)?;
        for (state, [output]) in states.iter_mut().zip(&outputs) {
            let torque = MOST_TORQUE * output;
            sum -= cost(*state, torque);
            *state = next(*state, torque);
        }
    }
    Ok(sum / starts.len() as f64)
}
