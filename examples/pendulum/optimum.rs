//! The best that can be done, by dynamic programming: the least cost to go from every state, step by step back
//! from the end.

use std::f64::consts::{PI, TAU};

use crate::dynamics::{MOST_SPEED, MOST_TORQUE, STEPS, State, cost, next};

/// How fine the grid is, in 110 MB. The policy that follows it is a little worse than the best one, and what is
/// printed is what that policy earns; a grid of half the distances earns 0.1 more.
const ANGLES: usize = 480;
const SPEEDS: usize = 481;
/// Torques that are tried on the grid, and on the way.
const TORQUES: usize = 5;
const FINE_TORQUES: usize = 81;

/// With more steps left, costs that have changed by no more than this no longer change.
const SETTLED: f32 = 1e-3;

/// The least cost to go from each state of the grid, with so many steps left: θ by θ, speed by speed.
pub struct CostsToGo {
    by_steps_left: Vec<Vec<f32>>,
}

impl CostsToGo {
    /// For what has so many steps at most.
    pub fn new(steps: usize) -> Self {
        let mut by_steps_left = vec![vec![0.0; ANGLES * SPEEDS]];
        for left in 1..steps {
            let behind = &by_steps_left[left - 1];
            let states = (0..ANGLES * SPEEDS).map(grid_state);
            let costs: Vec<_> = states.map(|state| best(state, behind, TORQUES).1 as f32).collect();
            let is_settled =
                costs.iter().zip(behind).all(|(cost, behind)| (cost - behind).abs() <= SETTLED);
            by_steps_left.push(costs);
            if is_settled {
                break;
            }
        }
        Self { by_steps_left }
    }

    /// The torque to take with so many steps left, 1 or more.
    pub fn torque(&self, state: State, left: usize) -> f64 {
        let behind = (left - 1).min(self.by_steps_left.len() - 1);
        best(state, &self.by_steps_left[behind], FINE_TORQUES).0
    }

    /// What the best torques earn from a state on: minus the costs of so many steps.
    fn follow(&self, mut state: State, steps: usize) -> f64 {
        let mut sum = 0.0;
        for left in (1..=steps).rev() {
            let torque = self.torque(state, left);
            sum -= cost(state, torque);
            state = next(state, torque);
        }
        sum
    }

    /// The mean of that over these starts.
    pub fn mean_return(&self, starts: &[State]) -> f64 {
        let returns = starts.iter().map(|&start| self.follow(start, STEPS));
        returns.sum::<f64>() / starts.len() as f64
    }
}

/// The best of so many torques, and what it costs from here on.
fn best(state: State, behind: &[f32], torques: usize) -> (f64, f64) {
    let step = 2.0 * MOST_TORQUE / (torques - 1) as f64;
    let torques = (0..torques).map(|i| i as f64 * step - MOST_TORQUE);
    let costs =
        torques.map(|torque| (torque, cost(state, torque) + between(behind, next(state, torque))));
    costs.fold((0.0, f64::INFINITY), |best, found| if found.1 < best.1 { found } else { best })
}

fn grid_state(index: usize) -> State {
    let (angle, speed) = (index / SPEEDS, index % SPEEDS);
    State {
        theta: TAU * angle as f64 / ANGLES as f64 - PI,
        speed: 2.0 * MOST_SPEED * speed as f64 / (SPEEDS - 1) as f64 - MOST_SPEED,
    }
}

/// Linearly between the four states of the grid around this one.
fn between(costs: &[f32], state: State) -> f64 {
    let angle = ((state.theta + PI) / TAU).rem_euclid(1.0) * ANGLES as f64;
    let speed = (state.speed + MOST_SPEED) / (2.0 * MOST_SPEED) * (SPEEDS - 1) as f64;
    let row = (angle as usize).min(ANGLES - 1);
    let column = (speed as usize).min(SPEEDS - 2);
    let (along, across) = (angle - row as f64, speed - column as f64);
    let of_row = |row: usize| {
        let at = row * SPEEDS + column;
        let [low, high] = [costs[at], costs[at + 1]].map(f64::from);
        low + across * (high - low)
    };
    let (low, high) = (of_row(row), of_row((row + 1) % ANGLES));
    low + along * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least cost of all ways to choose so many torques.
    fn least(state: State, steps: usize) -> f64 {
        if steps == 0 {
            return 0.0;
        }
        let costs = (0..=20).map(|i| {
            let torque = 0.2 * f64::from(i) - 2.0;
            cost(state, torque) + least(next(state, torque), steps - 1)
        });
        costs.fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_best_torques_are_those_that_a_search_finds() {
        let costs = CostsToGo::new(3);
        for (theta, speed) in [(PI, 0.0), (0.1, -0.3), (-2.0, 7.9), (3.0, -1.0), (-0.4, 1.4)] {
            let state = State { theta, speed };
            let (found, expected) = (-costs.follow(state, 3), least(state, 3));
            assert!((found - expected).abs() < 2e-3, "{found}, {expected} from {state:?}");
        }
        assert_eq!(costs.follow(State { theta: 0.0, speed: 0.0 }, 3), 0.0);
        // Fallen to the right: the largest torque to the left, with more than a step left.
        assert_eq!(costs.torque(State { theta: 0.5, speed: 0.0 }, 3), -2.0);
    }

    #[test]
    fn costs_between_states_of_the_grid_are_linear() {
        let costs: Vec<f32> = (0..ANGLES * SPEEDS).map(|i| grid_state(i).speed as f32).collect();
        for (theta, speed) in [(0.7, -3.21), (PI - 1e-9, 8.0), (-PI, -8.0), (40.0, 0.5)] {
            assert!((between(&costs, State { theta, speed }) - speed).abs() < 1e-5);
        }
        // Across ±π.
        let costs: Vec<f32> =
            (0..ANGLES * SPEEDS).map(|i| grid_state(i).theta.abs() as f32).collect();
        let step = TAU / ANGLES as f64;
        let found = between(&costs, State { theta: PI - 0.25 * step, speed: 0.0 });
        assert!((found - (PI - 0.25 * step)).abs() < 1e-5, "{found}");
    }
}
