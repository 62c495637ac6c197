//! Trainings one of whose ranks is killed, at random moments.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use constprop::prelude::*;
use constprop_mpi::Ranks;

use super::command;
use super::nets::Classes;
use super::resumed::{self, examples, fit};

const TIMES: usize = 30;
const EPOCHS: usize = 400;

/// `killed PATH EPOCHS PIDS`: says its process in a file of the folder `PIDS`, and trains.
pub fn train(ranks: &Ranks) {
    let arguments: Vec<String> = std::env::args().collect();
    let pid = std::process::id().to_string();
    fs::write(format!("{}/{}", arguments[4], ranks.rank()), pid).unwrap();
    resumed::train(ranks);
}

pub fn at_random_moments() {
    let folder = resumed::folder();
    let [whole, path] = ["whole.safetensors", "killed.safetensors"].map(|name| folder.join(name));
    let (x, y) = examples();
    let mut net = Classes::<f32>::seeded(3);
    let mut adam = Adam::new(AdamSettings::default()).unwrap();
    fit(EPOCHS).run_resumable(&mut net, &mut adam, &x, &y, &whole).unwrap();
    let (mut kills, mut run, mut random) = (0, 0, 12_345_u64);
    let mut draw = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % below
    };
    loop {
        let ranks = [2, 3, 1, 4][run % 4];
        run += 1;
        let pids = folder.join(format!("pids{run}"));
        fs::create_dir_all(&pids).unwrap();
        let epochs = EPOCHS.to_string();
        let mut arguments = vec!["killed", path.to_str().unwrap(), &epochs];
        arguments.push(pids.to_str().unwrap());
        let mut command = command(ranks, &arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let victim = pids.join(draw(ranks as u64).to_string());
        let begun = Instant::now();
        let wait = Duration::from_millis(draw(120));
        let mut killed = false;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{ranks} ranks hang");
            if kills < TIMES
                && !killed
                && let Ok(pid) = fs::read_to_string(&victim)
                && !pid.is_empty()
            {
                thread::sleep(wait);
                killed = Command::new("kill").args(["-9", &pid]).status().unwrap().success();
            }
            thread::sleep(Duration::from_millis(5));
        };
        if killed && !status.success() {
            kills += 1;
        } else {
            assert!(status.success(), "{ranks} ranks fail");
            break;
        }
    }
    assert_eq!(fs::read(&whole).unwrap(), fs::read(&path).unwrap(), "the files differ");
    fs::remove_dir_all(folder).unwrap();
    println!("killed {kills} times, in {run} runs: ok");
}
