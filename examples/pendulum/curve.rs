//! The angle over time, and the policies over angle and speed, as a picture.

use std::f64::consts::{PI, TAU};
use std::path::Path;

use plotters::prelude::*;

use crate::dynamics::{MOST_SPEED, MOST_TORQUE, STEPS, State, next};
use crate::optimum::CostsToGo;
use crate::plot::{Area, Axes, BLUE, FONT, ORANGE, Outcome, picture};
use crate::policy::{Policy, torque};

const GREEN: RGBColor = RGBColor(44, 140, 60);
/// Squares of a map, each way.
const CELLS: usize = 80;

const NAMES: [&str; 3] = ["through the dynamics", "PPO", "optimum"];

/// A torque for each state, with so many steps left.
type Acts<'a> = &'a dyn Fn(State, usize) -> f64;

/// Above the angle from where the pendulum hangs, below the torque in each state.
pub fn draw(path: &Path, [through, ppo]: &[Box<Policy<f64>>; 2], costs: &CostsToGo) -> Outcome {
    let acts: [Acts<'_>; 3] =
        [&|state, _| torque(through, state), &|state, _| torque(ppo, state), &|state, left| {
            costs.torque(state, left)
        }];
    picture(path, (1440, 900), |area| {
        let (above, below) = area.split_vertically(400);
        angles(&above, acts)?;
        for ((column, name), act) in below.split_evenly((1, 3)).iter().zip(NAMES).zip(acts) {
            map(column, &format!("{name}: torque (orange -2, blue 2)"), act)?;
        }
        Ok(())
    })
}

fn angles(area: &Area<'_>, acts: [Acts<'_>; 3]) -> Outcome {
    let courses = acts.map(course);
    let angles = || courses.iter().flatten().map(|(_, theta)| *theta);
    let (low, high) = (angles().fold(-0.5, f64::min), angles().fold(0.5, f64::max));
    let axes = Axes {
        x: 0.0..0.05 * STEPS as f64,
        y: 1.05 * low..1.05 * high,
        along: "seconds",
        labels: 11,
        legend: SeriesLabelPosition::UpperRight,
    };
    let [through, ppo, optimum] = courses;
    let curves = [(NAMES[2], GREEN, optimum), (NAMES[1], ORANGE, ppo), (NAMES[0], BLUE, through)];
    axes.draw(area, "Angle from upright, in radians, from hanging at rest", &curves)
}

/// The angle over seconds; where the pendulum stands at last is 0.
fn course(act: Acts<'_>) -> Vec<(f64, f64)> {
    let mut state = State { theta: PI, speed: 0.0 };
    let mut points = Vec::new();
    for step in 0..STEPS {
        points.push((0.05 * step as f64, state.theta));
        state = next(state, act(state, STEPS - step));
    }
    let turns = (state.theta / TAU).round() * TAU;
    points.into_iter().map(|(time, theta)| (time, theta - turns)).collect()
}

/// Orange to the left, blue to the right, white in between.
fn map(area: &Area<'_>, title: &str, act: Acts<'_>) -> Outcome {
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 18))
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(60)
        .build_cartesian_2d(-PI..PI, -MOST_SPEED..MOST_SPEED)?;
    let place = |cell: usize, bound: f64| bound * (2.0 * cell as f64 / CELLS as f64 - 1.0);
    let squares = (0..CELLS * CELLS).map(|cell| {
        let (column, row) = (cell / CELLS, cell % CELLS);
        let corner = |by| (place(column + by, PI), place(row + by, MOST_SPEED));
        let [(left, low), (right, high)] = [corner(0), corner(1)];
        let state = State { theta: 0.5 * (left + right), speed: 0.5 * (low + high) };
        Rectangle::new([(left, low), (right, high)], shade(act(state, STEPS)).filled())
    });
    chart.draw_series(squares)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc("angle")
        .y_desc("speed")
        .x_labels(7)
        .label_style((FONT, 16))
        .axis_desc_style((FONT, 18))
        .draw()?;
    Ok(())
}

fn shade(torque: f64) -> RGBColor {
    let part = (torque.abs() / MOST_TORQUE).min(1.0);
    let RGBColor(red, green, blue) = if torque > 0.0 { BLUE } else { ORANGE };
    let mixed = |shade: u8| (255.0 - part * (255.0 - f64::from(shade))).round() as u8;
    RGBColor(mixed(red), mixed(green), mixed(blue))
}
