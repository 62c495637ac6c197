//! Trainings one of whose ranks is killed, at random moments.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
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
    let times = std::env::var("KILLS").map_or(TIMES, |times| times.parse().unwrap());
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
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let victim = pids.join(draw(ranks as u64).to_string());
        let wait = Duration::from_millis(draw(120));
        let victim = (kills < times).then_some((&*victim, wait));
        let (status, killed) = until_the_end(child, victim);
        if killed && !status.success() {
            kills += 1;
            continue;
        }
        // It was over before.
        assert!(status.success(), "{ranks} ranks fail");
        assert_eq!(fs::read(&whole).unwrap(), fs::read(&path).unwrap(), "the files differ");
        if kills >= times {
            break;
        }
        fs::remove_file(&path).unwrap();
    }
    fs::remove_dir_all(folder).unwrap();
    println!("killed {kills} times, in {run} runs: ok");
}

/// How a job ends, of which the rank in the file is killed so long after it has begun; and whether one was.
fn until_the_end(mut job: Child, victim: Option<(&Path, Duration)>) -> (ExitStatus, bool) {
    let (begun, mut killed) = (Instant::now(), false);
    loop {
        if let Some(status) = job.try_wait().unwrap() {
            return (status, killed);
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it hangs");
        if let Some((file, wait)) = victim
            && !killed
            && let Ok(pid) = fs::read_to_string(file)
            && !pid.is_empty()
        {
            thread::sleep(wait);
            let mut kill = Command::new("kill");
            killed = kill.args(["-9", &pid]).stderr(Stdio::null()).status().unwrap().success();
        }
        thread::sleep(Duration::from_millis(5));
    }
}
