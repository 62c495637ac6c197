//! How long a step takes, by the wall's clock and by the processor's.

use std::time::{Duration, Instant};

/// Nanoseconds for one step.
pub struct Times {
    /// Of the wall's clock: the median of the groups.
    pub median: f64,
    /// Of the wall's clock: the fastest group.
    pub min: f64,
    /// Of the processor's time: the median of the groups. It leaves out what other programs used,
    /// where the system tells it.
    pub cpu_median: f64,
}

/// Short enough to fall between two interruptions, long enough for the clocks.
const GROUP: Duration = Duration::from_millis(1);
const FEWEST_STEPS_TO_WARM_UP: usize = 3;
const FEWEST_GROUPS: usize = 5;

/// Times groups of steps for about `time`, after a warm-up. `run(n)` is to run n steps.
pub fn time<R, E>(time: Duration, mut run: impl FnMut(usize) -> Result<R, E>) -> Result<Times, E> {
    let group = steps_in_a_group(time, &mut run)?;
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    let start = Instant::now();
    while start.elapsed() < time || wall.len() < FEWEST_GROUPS {
        let (cpu_start, wall_start) = (cpu_time(), Instant::now());
        run(group)?;
        wall.push(wall_start.elapsed());
        cpu.push(cpu_time().saturating_sub(cpu_start));
    }
    wall.sort_unstable();
    cpu.sort_unstable();
    let per_step = |time: Duration| time.as_nanos() as f64 / group as f64;
    Ok(Times {
        median: per_step(wall[wall.len() / 2]),
        min: per_step(wall[0]),
        cpu_median: per_step(cpu[cpu.len() / 2]),
    })
}

/// Warms up, and finds how many steps fill a group.
fn steps_in_a_group<R, E>(
    time: Duration,
    run: &mut impl FnMut(usize) -> Result<R, E>,
) -> Result<usize, E> {
    let warm_up = (time / 5).clamp(Duration::from_millis(50), Duration::from_millis(500));
    let (mut steps, start) = (0, Instant::now());
    while start.elapsed() < warm_up || steps < FEWEST_STEPS_TO_WARM_UP {
        run(1)?;
        steps += 1;
    }
    let per_step = start.elapsed().as_secs_f64() / steps as f64;
    Ok((GROUP.as_secs_f64() / per_step).ceil() as usize)
}

/// The processor time of this process since some moment.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.try_into().unwrap_or_default()
}

/// The wall's time since some moment: all that the standard library knows.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn cpu_time() -> Duration {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
