//! Backpropagation through the dynamics: the policy, step after step in a loop, as one function.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::{Clip, Error, Schedule, rng};

use crate::dynamics::{MOST_SPEED, MOST_TORQUE, State, back, cost, next};
use crate::policy::{Policy, Watch, is_look, share};

/// Episodes side by side: the examples of a step.
const EPISODES: usize = 64;
const UPDATES: usize = 3000;
const RATE: f64 = 3e-3;
/// ‖∇J‖ at most. Where the pendulum may fall either way J is steep, and its gradient says little of elsewhere.
const MOST_NORM: f64 = 10.0;
/// How many steps J looks ahead, at first and at last. Through all 200 steps of an episode ‖∇J‖ came up to
/// 5 · 10⁷, and nothing was learned.
const HORIZONS: [f64; 2] = [20.0, 60.0];

/// Trains a policy.
pub fn train(seed: u64, percent: usize, mut watch: impl Watch) -> Result<Box<Policy<f64>>, Error> {
    let updates = share(UPDATES, percent);
    let mut rng = rng(seed);
    let mut policy = Policy::boxed();
    policy.randomize(&mut rng);
    let mut adam = Adam::new(AdamSettings { rate: RATE, ..AdamSettings::default() })?;
    let (schedule, clip) = (Schedule::cosine(updates as f64)?, Clip::norm(MOST_NORM)?);
    let mut episodes = Episodes::new(EPISODES);
    for update in 0..updates {
        let done = (update as f64 + 0.5) / updates as f64;
        let [first, last] = HORIZONS;
        let steps = (first * (last / first).powf(done)).round() as usize;
        // Of all speeds: what so few steps from a slow start do not come to is seen too.
        let starts: Vec<_> = (0..EPISODES)
            .map(|_| State {
                speed: rng.random_range(-MOST_SPEED..=MOST_SPEED),
                ..State::start(&mut rng)
            })
            .collect();
        let (_, gradient) = episodes.j_and_gradient(&policy, &starts, steps)?;
        clip.apply(gradient);
        adam.set_rate(RATE * schedule.factor(update as f64 + 0.5))?;
        adam.step(&mut *policy, gradient)?;
        if is_look(update + 1, updates) {
            watch(&policy)?;
        }
    }
    Ok(policy)
}

/// J and ∇J of episodes, with room for them.
struct Episodes {
    moments: Vec<Moment>,
    outputs: Vec<[f64; 1]>,
    dj_dx: Vec<[f64; 3]>,
    dj_dstates: Vec<State>,
    workspace: Box<Workspace<Policy<f64>>>,
    inside: Box<InsideWorkspace<Policy<f64>>>,
    gradient: Box<Gradient<Policy<f64>>>,
}

/// One step of all episodes, as it went.
#[derive(Clone)]
struct Moment {
    states: Vec<State>,
    inputs: Vec<[f64; 3]>,
    torques: Vec<f64>,
}

const NOTHING: State = State { theta: 0.0, speed: 0.0 };

impl Episodes {
    fn new(episodes: usize) -> Self {
        Self {
            moments: Vec::new(),
            outputs: vec![[0.0]; episodes],
            dj_dx: vec![[0.0; 3]; episodes],
            dj_dstates: vec![NOTHING; episodes],
            workspace: Workspace::boxed(),
            inside: InsideWorkspace::boxed(),
            gradient: Gradient::boxed(),
        }
    }

    /// J, the mean over the episodes of what all their steps cost, and ∇J; ∂J/∂start stays in
    /// `dj_dstates`.
    fn j_and_gradient(
        &mut self,
        policy: &Policy<f64>,
        starts: &[State],
        steps: usize,
    ) -> Result<(f64, &mut Gradient<Policy<f64>>), Error> {
        let m = starts.len();
        let moment =
            Moment { states: starts.to_vec(), inputs: vec![[0.0; 3]; m], torques: vec![0.0; m] };
        self.moments.resize(steps, moment);
        let j = self.forward(policy, starts)?;
        self.backward(policy)?;
        Ok((j, &mut self.gradient))
    }

    fn forward(&mut self, policy: &Policy<f64>, starts: &[State]) -> Result<f64, Error> {
        let (mut states, mut j) = (starts.to_vec(), 0.0);
        for moment in &mut self.moments {
            moment.states.copy_from_slice(&states);
            for (input, state) in moment.inputs.iter_mut().zip(&states) {
                *input = state.observed();
            }
            policy.predict_with(&moment.inputs, &mut self.outputs, &mut self.workspace)?;
            let torques = moment.torques.iter_mut().zip(&self.outputs);
            for (state, (torque, [output])) in states.iter_mut().zip(torques) {
                *torque = MOST_TORQUE * output;
                j += cost(*state, *torque);
                *state = next(*state, *torque);
            }
        }
        Ok(j / starts.len() as f64)
    }

    /// The last step first. ∂J/∂state is what comes back through the dynamics, and through the policy.
    fn backward(&mut self, policy: &Policy<f64>) -> Result<(), Error> {
        let none = Regularization::none();
        self.dj_dstates.fill(NOTHING);
        self.gradient.parameters_mut().fill(0.0);
        for Moment { states, inputs, torques } in self.moments.iter().rev() {
            let dj_dstates = &mut self.dj_dstates;
            let outer = |first: usize, _: &[[f64; 1]], dj_da: &mut [[f64; 1]]| {
                for (i, dj_da) in (first..).zip(dj_da) {
                    let (dj_dstate, dj_dtorque) = back(states[i], torques[i], dj_dstates[i]);
                    dj_dstates[i] = dj_dstate;
                    dj_da[0] = MOST_TORQUE * dj_dtorque;
                }
            };
            let of_x = Some(&mut self.dj_dx[..]);
            let gradient = policy.gradient_from(inputs, of_x, &none, &mut self.inside, outer)?;
            *self.gradient += &*gradient;
            let through = states.iter().zip(&self.dj_dx);
            for (dj_dstate, (state, dj_dx)) in self.dj_dstates.iter_mut().zip(through) {
                let through = state.back_from_observed(*dj_dx);
                dj_dstate.theta += through.theta;
                dj_dstate.speed += through.speed;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use constprop::check::{At, Check, Whole};

    use super::*;

    const STEPS: usize = 8;

    /// The same episodes without a word of backpropagation.
    fn j(starts: &[f64], output: impl Fn(&[f64; 3]) -> f64) -> f64 {
        let episodes = starts.chunks_exact(2).map(|start| {
            let (mut state, mut sum) = (State { theta: start[0], speed: start[1] }, 0.0);
            for _ in 0..STEPS {
                let torque = MOST_TORQUE * output(&state.observed());
                sum += cost(state, torque);
                state = next(state, torque);
            }
            sum
        });
        episodes.sum::<f64>() / (starts.len() / 2) as f64
    }

    /// Every ∂J/∂Θ, and ∂J/∂start of each episode; the last one's speed is held on its way.
    #[test]
    fn the_gradient_through_the_dynamics_is_that_of_j() {
        let policy = Policy::<f64>::seeded(1);
        let starts = [[0.3, 1.0], [-2.0, 0.5], [2.5, -3.0], [1.2, 7.3]];
        let states = starts.map(|[theta, speed]| State { theta, speed });
        let mut last = states[3];
        let fastest = (0..STEPS).map(|_| {
            last = next(last, crate::policy::torque(&policy, last));
            last.speed
        });
        assert_eq!(fastest.fold(0.0, f64::max), MOST_SPEED);
        let mut episodes = Episodes::new(states.len());
        let (found, _) = episodes.j_and_gradient(&policy, &states, STEPS).unwrap();
        let expected = j(starts.as_flattened(), |x| policy.predict(x)[0]);
        assert!((found - expected).abs() < 1e-9 * expected, "{found}, {expected}");
        // ∂J/∂start of a mean.
        let slopes = episodes.dj_dstates.iter().flat_map(|slope| [slope.theta, slope.speed]);
        let slopes: Vec<_> = slopes.map(|slope| slope / starts.len() as f64).collect();
        let whole = Whole::new().network("policy", &policy, &episodes.gradient).input(
            "starts",
            starts.as_flattened(),
            &slopes,
        );
        let of_whole = |at: &At<'_, f64>| j(at.inputs[0], |x| at.networks[0].predict(x)[0]);
        Check::richardson().entries(40).whole(&whole, of_whole).unwrap().assert_correct();
    }
}
