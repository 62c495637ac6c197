//! Proximal policy optimization: without a derivative of the dynamics, from what episodes earn.
//!
//! A policy acts, a critic says what was to be expected, and what came of it beyond that is an action's advantage.
//! Sources: Schulman et al. 2017, eq. 7; of the advantages Schulman et al. 2016, eq. 16.

use constprop::heads::{Gaussian, GaussianSlopes};
use constprop::prelude::*;
use constprop::rand::Rng;
use constprop::rand::seq::SliceRandom;
use constprop::{Clip, Error, Schedule, rng};

use crate::dynamics::{MOST_TORQUE, STEPS, State, cost, next};
use crate::policy::{Policy, Watch, is_look, share};

network! {
    /// What is earned from a state on.
    struct Critic(3 => 32 Tanh => 32 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// ln σ, which no state changes: the bias of a network whose input is 0, so that Adam updates it too.
    struct LogSigma(1 => 1 Identity) minimizing HalfSquaredError;
}

/// Episodes side by side, whose steps are the examples of a round.
const EPISODES: usize = 64;
const ROUNDS: usize = 200;
/// How often the examples of a round are gone over, and how many at a time.
const EPOCHS: usize = 10;
const BATCH: usize = 256;
const RATE: f64 = 1e-3;
const MOST_NORM: f64 = 0.5;
/// γ: what a reward is worth a step later. And how far an advantage looks ahead: λ.
const DISCOUNT: f64 = 0.98;
const LAMBDA: f64 = 0.95;
/// ε: how far a policy may go from that which acted, until a batch says nothing more.
const EPSILON: f64 = 0.2;
/// Rewards are multiplied with this, so that values are of the size of what the critic starts with.
const SCALE: f64 = 0.1;

/// Trains a policy.
pub fn train(seed: u64, percent: usize, mut watch: impl Watch) -> Result<Box<Policy<f64>>, Error> {
    let rounds = share(ROUNDS, percent);
    let mut rng = rng(seed);
    let mut agent = Agent::new(&mut rng);
    let mut learner = Learner::new()?;
    let schedule = Schedule::cosine(rounds as f64)?;
    for round in 0..rounds {
        learner.set_rate(RATE * schedule.factor(round as f64 + 0.5))?;
        let mut moments = agent.act(&mut rng)?;
        normalize(&mut moments);
        for _ in 0..EPOCHS {
            moments.shuffle(&mut rng);
            for batch in moments.chunks(BATCH) {
                learner.step(&mut agent, batch)?;
            }
        }
        if is_look(round + 1, rounds) {
            watch(&agent.policy)?;
        }
    }
    Ok(agent.policy)
}

/// A step of an episode, and what is learned from it.
#[derive(Clone, Copy, Debug, Default)]
struct Moment {
    x: [f64; 3],
    torque: [f64; 1],
    /// ln π of the torque, of the policy that took it.
    log_probability: f64,
    reward: f64,
    advantage: f64,
    /// What the critic is to say.
    value: f64,
}

/// What acts, and what judges it.
struct Agent {
    policy: Box<Policy<f64>>,
    log_sigma: LogSigma<f64>,
    critic: Box<Critic<f64>>,
}

impl Agent {
    fn new(rng: &mut impl Rng) -> Self {
        let (mut policy, mut critic) = (Policy::boxed(), Critic::boxed());
        policy.randomize(rng);
        critic.randomize(rng);
        Self { policy, log_sigma: LogSigma::zeros(), critic }
    }

    /// Around what the policy says; a torque that is drawn beyond ±2 is held by the dynamics.
    fn head(&self, output: &[f64; 1]) -> Gaussian<f64, 1> {
        Gaussian { mean: [MOST_TORQUE * output[0]], log_sigma: [self.log_sigma.theta1.bias[0]] }
    }

    /// Episodes side by side, which lie one behind the other.
    fn act(&self, rng: &mut impl Rng) -> Result<Vec<Moment>, Error> {
        let mut states: Vec<_> = (0..EPISODES).map(|_| State::start(rng)).collect();
        let mut inputs: Vec<_> = states.iter().map(|state| state.observed()).collect();
        let (mut outputs, mut workspace) = (vec![[0.0]; EPISODES], Workspace::boxed());
        let mut moments = vec![Moment::default(); EPISODES * STEPS];
        for step in 0..STEPS {
            self.policy.predict_with(&inputs, &mut outputs, &mut workspace)?;
            let now = moments.iter_mut().skip(step).step_by(STEPS).zip(&mut inputs);
            for ((state, output), (moment, x)) in states.iter_mut().zip(&outputs).zip(now) {
                let head = self.head(output);
                let torque = head.sample(rng)?;
                *moment = Moment {
                    x: *x,
                    torque,
                    log_probability: head.log_probability(&torque),
                    reward: -SCALE * cost(*state, torque[0]),
                    ..Moment::default()
                };
                *state = next(*state, torque[0]);
                *x = state.observed();
            }
        }
        let inputs_so_far: Vec<_> = moments.iter().map(|moment| moment.x).collect();
        let values = self.critic.predict_many(&inputs_so_far)?;
        let lasts = self.critic.predict_many(&inputs)?;
        let episodes = moments.chunks_mut(STEPS).zip(values.chunks(STEPS));
        for ((episode, values), [last]) in episodes.zip(lasts) {
            judge(episode, values, last);
        }
        Ok(moments)
    }
}

/// The advantages of an episode, the last one first: A = δ + γλ A′, with δ = r + γ V′ − V. It is the clock that
/// ends it, so what follows is worth something too: `last`.
fn judge(episode: &mut [Moment], values: &[[f64; 1]], last: f64) {
    let (mut advantage, mut behind) = (0.0, last);
    for (moment, &[value]) in episode.iter_mut().zip(values).rev() {
        let delta = moment.reward + DISCOUNT * behind - value;
        advantage = delta + DISCOUNT * LAMBDA * advantage;
        (moment.advantage, moment.value, behind) = (advantage, advantage + value, value);
    }
}

/// Advantages with mean 0 and variance 1.
fn normalize(moments: &mut [Moment]) {
    let count = moments.len() as f64;
    let mean = moments.iter().map(|moment| moment.advantage).sum::<f64>() / count;
    let squares = moments.iter().map(|moment| (moment.advantage - mean).powi(2)).sum::<f64>();
    let deviation = (squares / count).sqrt().max(f64::MIN_POSITIVE);
    for moment in moments {
        moment.advantage = (moment.advantage - mean) / deviation;
    }
}

/// The slopes of −min(r A, r held within 1 ± ε times A) by μ and ln σ, with r = π/π of the policy that acted:
/// −A r ∂ ln π, and 0 where r has gone beyond, the way that A asks for.
fn surrogate_slopes(head: &Gaussian<f64, 1>, moment: &Moment) -> GaussianSlopes<f64, 1> {
    let ratio = (head.log_probability(&moment.torque) - moment.log_probability).exp();
    let is_beyond = match moment.advantage > 0.0 {
        true => ratio > 1.0 + EPSILON,
        false => ratio < 1.0 - EPSILON,
    };
    let factor = if is_beyond { 0.0 } else { -moment.advantage * ratio };
    head.log_probability_slopes(&moment.torque).times(&factor)
}

/// What updates an agent.
struct Learner {
    of_policy: Adam<Policy<f64>>,
    of_log_sigma: Adam<LogSigma<f64>>,
    of_critic: Adam<Critic<f64>>,
    clip: Clip<f64>,
    inside: Box<InsideWorkspace<Policy<f64>>>,
    workspace: Box<Workspace<Critic<f64>>>,
}

impl Learner {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            of_policy: Adam::new(AdamSettings::default())?,
            of_log_sigma: Adam::new(AdamSettings::default())?,
            of_critic: Adam::new(AdamSettings::default())?,
            clip: Clip::norm(MOST_NORM)?,
            inside: InsideWorkspace::boxed(),
            workspace: Workspace::boxed(),
        })
    }

    fn set_rate(&mut self, rate: f64) -> Result<(), Error> {
        self.of_policy.set_rate(rate)?;
        self.of_log_sigma.set_rate(rate)?;
        self.of_critic.set_rate(rate)
    }

    fn step(&mut self, agent: &mut Agent, batch: &[Moment]) -> Result<(), Error> {
        let none = Regularization::none();
        let inputs: Vec<_> = batch.iter().map(|moment| moment.x).collect();
        let values: Vec<_> = batch.iter().map(|moment| [moment.value]).collect();
        let critic = &mut *agent.critic;
        self.of_critic.train(critic, &inputs, &values, &none, &mut self.workspace)?;

        let mut of_log_sigma = Gradient::<LogSigma<f64>>::zeros();
        let outer = |first: usize, outputs: &[[f64; 1]], dj_da: &mut [[f64; 1]]| {
            for ((moment, output), dj_da) in batch[first..].iter().zip(outputs).zip(dj_da) {
                let slopes = surrogate_slopes(&agent.head(output), moment);
                dj_da[0] = MOST_TORQUE * slopes.mean[0];
                of_log_sigma.theta1.bias[0] += slopes.log_sigma[0] / batch.len() as f64;
            }
        };
        let gradient = agent.policy.gradient_from(&inputs, None, &none, &mut self.inside, outer)?;
        self.clip.apply(gradient);
        self.of_policy.step(&mut *agent.policy, &*gradient)?;
        self.of_log_sigma.step(&mut agent.log_sigma, &of_log_sigma)
    }
}

#[cfg(test)]
mod tests {
    use constprop::Real;
    use constprop::check::{Check, Dual};

    use super::*;

    /// Within 1 ± ε and beyond, for advantages of both signs, against the surrogate as it is written.
    #[test]
    fn slopes_of_the_surrogate_are_exact() {
        let x = [0.3, -0.4];
        let head = Gaussian { mean: [x[0]], log_sigma: [x[1]] };
        let torque = [0.9];
        let mut gone = 0;
        for shift in [-0.5, -0.1, 0.05, 0.5] {
            for advantage in [1.5, -0.5] {
                let log_probability = head.log_probability(&torque) - shift;
                let moment = Moment { torque, log_probability, advantage, ..Moment::default() };
                let j = |x: &[Dual]| {
                    let head = Gaussian { mean: [x[0]], log_sigma: [x[1]] };
                    let now = head.log_probability(&torque.map(Dual::fixed));
                    let ratio = (now - Dual::fixed(log_probability)).exp();
                    let [low, high] = [1.0 - EPSILON, 1.0 + EPSILON].map(Dual::fixed);
                    let held = Real::max(Real::min(ratio, high), low);
                    let advantage = Dual::fixed(advantage);
                    -Real::min(ratio * advantage, held * advantage)
                };
                let slopes = surrogate_slopes(&head, &moment).to_output::<2>();
                if slopes == [0.0, 0.0] {
                    gone += 1;
                    let still = Check::exact().function(j, |_| vec![0.0; 2], &x).unwrap();
                    assert!(!still.is_wrong(), "{still}");
                } else {
                    Check::exact().function(j, |_| slopes.to_vec(), &x).unwrap().assert_correct();
                }
            }
        }
        assert_eq!(gone, 2);
    }

    /// A₀ = δ₀ + γλ δ₁, with δ₁ from the value behind the end.
    #[test]
    fn advantages_look_ahead() {
        let mut episode = [1.0, 2.0].map(|reward| Moment { reward, ..Moment::default() });
        judge(&mut episode, &[[0.5], [-0.25]], 3.0);
        let (first, second) = (1.0 + DISCOUNT * -0.25 - 0.5, 2.0 + DISCOUNT * 3.0 + 0.25);
        assert_eq!(episode[1].advantage, second);
        assert_eq!(episode[0].advantage, first + DISCOUNT * LAMBDA * second);
        assert_eq!(episode[0].value, episode[0].advantage + 0.5);
    }
}
