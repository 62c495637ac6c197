//! Gymnasium's Pendulum-v1: its equations and constants, and their derivatives by hand.
//!
//! Source: <https://gymnasium.farama.org/environments/classic_control/pendulum/>. The angle θ is 0 where the
//! pendulum stands, and grows without end where it turns; the reward has it within ±π.

use std::f64::consts::{PI, TAU};

use constprop::rand::{Rng, RngExt};

const GRAVITY: f64 = 10.0;
const MASS: f64 = 1.0;
const LENGTH: f64 = 1.0;
const TIME_STEP: f64 = 0.05;
/// What gravity and a torque accelerate by: 3g/2l and 3/ml².
const BY_GRAVITY: f64 = 3.0 * GRAVITY / (2.0 * LENGTH);
const BY_TORQUE: f64 = 3.0 / (MASS * LENGTH * LENGTH);
pub const MOST_SPEED: f64 = 8.0;
pub const MOST_TORQUE: f64 = 2.0;
/// Steps of an episode.
pub const STEPS: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    pub theta: f64,
    pub speed: f64,
}

impl State {
    /// As Gymnasium's episodes begin: θ uniform in [−π, π], the speed in [−1, 1].
    pub fn start(rng: &mut impl Rng) -> Self {
        Self { theta: rng.random_range(-PI..=PI), speed: rng.random_range(-1.0..=1.0) }
    }

    /// What a network sees: cos θ, sin θ, and the speed in units of its largest.
    pub fn observed(self) -> [f64; 3] {
        [self.theta.cos(), self.theta.sin(), self.speed / MOST_SPEED]
    }

    /// ∂J/∂state from ∂J/∂x of what is observed.
    pub fn back_from_observed(self, [of_cos, of_sin, of_speed]: [f64; 3]) -> Self {
        Self {
            theta: of_sin * self.theta.cos() - of_cos * self.theta.sin(),
            speed: of_speed / MOST_SPEED,
        }
    }
}

/// θ within ±π.
pub fn normalized(theta: f64) -> f64 {
    (theta + PI).rem_euclid(TAU) - PI
}

/// What a step costs, before it: θ² + 0.1 speed² + 0.001 torque².
pub fn cost(state: State, torque: f64) -> f64 {
    let (angle, torque) = (normalized(state.theta), held(torque));
    angle * angle + 0.1 * state.speed * state.speed + 0.001 * torque * torque
}

/// The state after a step. A torque beyond ±2 is that, and a speed beyond ±8.
pub fn next(state: State, torque: f64) -> State {
    let speed = pushed(state, torque).clamp(-MOST_SPEED, MOST_SPEED);
    State { theta: state.theta + speed * TIME_STEP, speed }
}

fn held(torque: f64) -> f64 {
    torque.clamp(-MOST_TORQUE, MOST_TORQUE)
}

/// The speed after a step, before it is held within ±8.
fn pushed(state: State, torque: f64) -> f64 {
    let acceleration = BY_GRAVITY * state.theta.sin() + BY_TORQUE * held(torque);
    state.speed + acceleration * TIME_STEP
}

/// One step back. J is the sum of all costs from this step on: from ∂J/∂next to ∂J/∂state and ∂J/∂torque.
/// What is held does not change: its derivative is 0.
pub fn back(state: State, torque: f64, dj_dnext: State) -> (State, f64) {
    // θ′ = θ + speed′ dt
    let dj_dspeed = dj_dnext.speed + dj_dnext.theta * TIME_STEP;
    let is_free = pushed(state, torque).abs() < MOST_SPEED;
    let dj_dpushed = if is_free { dj_dspeed } else { 0.0 };
    let of_gravity = dj_dpushed * BY_GRAVITY * state.theta.cos() * TIME_STEP;
    let dj_dstate = State {
        theta: dj_dnext.theta + of_gravity + 2.0 * normalized(state.theta),
        speed: dj_dpushed + 0.2 * state.speed,
    };
    let is_free = torque.abs() < MOST_TORQUE;
    let of_torque = dj_dpushed * BY_TORQUE * TIME_STEP + 0.002 * torque;
    (dj_dstate, if is_free { of_torque } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Gymnasium's own formulas come to, by hand.
    #[test]
    fn a_step_is_that_of_its_documentation() {
        let state = State { theta: PI / 2.0, speed: 1.0 };
        let after = next(state, 1.0);
        // 1 + (15 · 1 + 3 · 1) · 0.05
        assert!((after.speed - 1.9).abs() < 1e-12);
        assert!((after.theta - (PI / 2.0 + 0.095)).abs() < 1e-12);
        assert!((cost(state, 1.0) - (PI * PI / 4.0 + 0.1 + 0.001)).abs() < 1e-12);
        assert_eq!(next(state, 5.0), next(state, 2.0));
        assert_eq!(cost(state, -5.0), cost(state, -2.0));
        assert_eq!(next(State { theta: 1.5, speed: 7.9 }, 2.0).speed, 8.0);
        // The worst of all steps: −16.2736044, as the documentation has it.
        let worst = cost(State { theta: PI - 1e-12, speed: -8.0 }, 2.0);
        assert!((worst - 16.273_604_4).abs() < 1e-6);
        assert!((normalized(7.0 * PI / 2.0) + PI / 2.0).abs() < 1e-12);
        // Hanging still, and standing still.
        assert!(next(State { theta: PI, speed: 0.0 }, 0.0).speed.abs() < 1e-12);
        assert_eq!(next(State { theta: 0.0, speed: 0.0 }, 0.0), State { theta: 0.0, speed: 0.0 });
    }

    /// ∂/∂θ, ∂/∂speed and ∂/∂torque of cost + 3 θ′ − 2 speed′ against central differences, also where speed and
    /// torque are held.
    #[test]
    fn a_step_back_is_its_derivative() {
        let j = |[theta, speed, torque]: [f64; 3]| {
            let state = State { theta, speed };
            let after = next(state, torque);
            cost(state, torque) + 3.0 * after.theta - 2.0 * after.speed
        };
        for at in
            [[0.3, -0.5, 1.0], [2.9, 4.0, -1.9], [-7.0, 0.2, 0.0], [1.5, 7.8, 1.0], [0.4, 1.0, 2.5]]
        {
            let [theta, speed, torque] = at;
            let dj_dnext = State { theta: 3.0, speed: -2.0 };
            let (dj_dstate, dj_dtorque) = back(State { theta, speed }, torque, dj_dnext);
            for (entry, slope) in
                [dj_dstate.theta, dj_dstate.speed, dj_dtorque].into_iter().enumerate()
            {
                let moved =
                    |by: f64| std::array::from_fn(|i| if i == entry { at[i] + by } else { at[i] });
                let quotient = (j(moved(1e-5)) - j(moved(-1e-5))) / 2e-5;
                assert!(
                    (slope - quotient).abs() < 1e-8,
                    "entry {entry} at {at:?}: {slope}, {quotient}"
                );
            }
        }
        let (_, held) =
            back(State { theta: 0.4, speed: 1.0 }, 2.5, State { theta: 3.0, speed: -2.0 });
        assert_eq!(held, 0.0);
    }
}
