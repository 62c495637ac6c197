//! Threads as such: panics, several callers, processes that end or fork, and memory that each writes first.

use super::*;

/// What is to panic: 1 is g, 2 is g′.
static ARMED: AtomicUsize = AtomicUsize::new(0);

fn panic_if_armed(what: usize) {
    assert!(ARMED.load(Ordering::Relaxed) != what, "an activation of the user's");
}

/// An activation that panics where it is told to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Panics;

impl Activation for Panics {
    const NAME: &'static str = "Panics";

    fn g<V: Real>(z: V) -> V {
        panic_if_armed(1);
        z
    }

    fn g_prime<V: Real>(_: V, _: V) -> V {
        panic_if_armed(2);
        V::constant(1.0)
    }

    fn g_second<V: Real>(_: V, _: V) -> V {
        V::zero()
    }
}

network! {
    #[derive(Clone)]
    pub struct Panicking(4 => 40 Panics => 2 Identity) minimizing HalfSquaredError;
}

/// A panic of the user's reaches the caller, also of all threads at once; then the threads go on.
#[test]
fn a_panic_reaches_the_caller() {
    fn panics(what: usize, j: &mut dyn FnMut() -> f32) {
        on_every_set(|_| {
            let before = j();
            for _ in 0..10 {
                ARMED.store(what, Ordering::Relaxed);
                let panic = catch_unwind(AssertUnwindSafe(&mut *j)).unwrap_err();
                assert_eq!(panic.downcast_ref::<&str>(), Some(&"an activation of the user's"));
                ARMED.store(0, Ordering::Relaxed);
                assert_eq!(j(), before);
            }
        });
    }
    let net = Panicking::<f32>::seeded(1);
    let (x, y) = examples::<Panicking<f32>>(100, 5);
    let (none, three) = (Regularization::none(), eager(3));

    let mut workspace = Workspace::boxed();
    workspace.set_threads(&three);
    let mut j = || net.cost_and_gradient_in(&x, &y, &none, &mut workspace).unwrap().0;
    panics(1, &mut j);

    let (mut v, mut product) = (Gradient::<Panicking<f32>>::boxed(), Gradient::boxed());
    v.fill(1.0);
    let mut workspace = CurvatureWorkspace::boxed();
    workspace.set_threads(&three);
    panics(1, &mut || {
        net.hessian_vector_product_with(&x, &y, &none, &v, &mut product, &mut workspace).unwrap();
        product.parameters()[0]
    });

    // J comes first, of one thread; then rows of J, with g′.
    panics(2, &mut || {
        let mut net = net.clone();
        let mut lm = LevenbergMarquardt::new(LevenbergSettings::default()).unwrap();
        lm.set_threads(&three);
        lm.step(&mut net, &x, &y, &none).unwrap().j
    });
}

/// Several callers at once, with one team: one has it, the others compute alone.
#[test]
fn callers_share_a_team() {
    let net = Large::<f32>::boxed_seeded(1);
    let (x, y) = examples::<Large<f32>>(140, 5);
    let (none, team) = (Regularization::none(), eager(2));
    let j = || {
        let mut workspace = Workspace::boxed();
        workspace.set_threads(&team);
        (0..20).map(|_| net.cost_with(&x, &y, &none, &mut workspace).unwrap()).collect::<Vec<_>>()
    };
    on_every_set(|_| {
        let expected = j();
        std::thread::scope(|scope| {
            let others: Vec<_> = (0..4).map(|_| scope.spawn(j)).collect();
            others.into_iter().for_each(|other| assert!(other.join().unwrap() == expected));
        });
    });
}

/// Teams end when nobody has them any more, whether they have worked, slept or done nothing.
#[test]
fn a_team_ends_with_its_last_owner() {
    let net = Small::<f32>::seeded(1);
    let (x, y) = examples::<Small<f32>>(100, 5);
    for round in 0..100 {
        let team = eager(1 + round % 9);
        if round % 3 > 0 {
            let mut workspace = Workspace::boxed();
            workspace.set_threads(&team);
            drop(team);
            net.cost_with(&x, &y, &Regularization::none(), &mut workspace).unwrap();
            if round % 3 > 1 {
                std::thread::sleep(std::time::Duration::from_millis(1));
                net.cost_with(&x, &y, &Regularization::none(), &mut workspace).unwrap();
            }
        }
    }
}

/// A thread of a pool must not take up another of its pool's jobs while it waits for a gradient: each of
/// these holds a lock that the others want.
#[cfg(feature = "rayon")]
#[test]
fn training_inside_a_pool_runs_no_other_job_meanwhile() {
    use rayon::prelude::*;

    let (x, y) = examples::<Small<f32>>(140, 4);
    let train = |threads: usize| {
        let (mut net, mut descent) = (Small::<f32>::seeded(3), GradientDescent::new(0.01).unwrap());
        let mut workspace = Workspace::boxed();
        workspace.set_threads(&eager(threads));
        let none = Regularization::none();
        descent.train(&mut net, &x, &y, &none, &mut workspace).unwrap();
        net.parameters().to_vec()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let lock = std::sync::Mutex::new(());
    on_every_set(|_| {
        let expected = train(2);
        pool.install(|| {
            (0..20_usize).into_par_iter().for_each(|job| {
                let _guard = lock.lock().unwrap();
                assert!(train(1 + job % 2) == expected);
            });
            (0..20_usize).into_par_iter().for_each(|job| assert!(train(1 + job % 2) == expected));
        });
    });
}

/// Threads in a function over any network: one bound, which has a name.
#[test]
fn threads_of_any_network() {
    fn trained<N: FloatNetwork>(net: &mut N, x: &[N::Input], y: &[N::Target]) -> Result<(), Error> {
        let mut adam = Adam::new(AdamSettings::default())?;
        Fit::new().threads(2)?.run(net, &mut adam, x, y)?;
        Ok(())
    }
    let mut net = Tiny::<f32>::boxed_seeded(1);
    trained(&mut *net, &[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]]).unwrap();
}

/// This test again, by its name, in a process of its own, with what the environment tells it to do there.
#[cfg(target_os = "linux")]
fn in_a_process(test: &str, what: &str, shell: &str) -> std::process::Output {
    let program = std::env::current_exe().unwrap();
    let command = format!("{shell} \"$0\" --exact team::{test} --nocapture");
    let mut child = std::process::Command::new("sh");
    child.args(["-c", &command]).arg(program).env("CONSTPROP_TEST_PROCESS", what);
    child.output().unwrap()
}

#[cfg(target_os = "linux")]
fn is_the_process_for(what: &str) -> bool {
    std::env::var("CONSTPROP_TEST_PROCESS").is_ok_and(|process| process == what)
}

fn copies_are_the_same(threads: &Threads) -> bool {
    let net = Large::<f32>::boxed_seeded(1);
    let copy = net.boxed_clone_on(threads);
    let begins_at_a_line = copy.parameters().as_ptr().addr().is_multiple_of(64);
    begins_at_a_line && bits(copy.parameters()) == bits(net.parameters())
}

/// More threads than cores too, and where another caller has them.
#[test]
fn a_copy_by_threads_is_the_same() {
    for count in [1, 2, 3, 64] {
        let threads = Threads::new(count).unwrap();
        let copies = || (0..10).all(|_| copies_are_the_same(&threads));
        std::thread::scope(|scope| {
            let another = scope.spawn(copies);
            assert!(copies() && another.join().unwrap());
        });
    }
}

/// Also for a scalar that fills more than a cache line.
#[test]
fn threads_make_a_workspace_for_any_scalar() {
    type Wide = num_dual::DualSVec64<8>;
    let workspace = Workspace::<Small<Wide>>::boxed_on(&eager(2));
    assert!(size_of::<Wide>() > 64 && size_of_val(&*workspace) == Workspace::<Small<Wide>>::BYTES);
    let workspace = InsideWorkspace::<Small<Wide>>::boxed_on(&eager(2));
    assert_eq!(size_of_val(&*workspace), InsideWorkspace::<Small<Wide>>::BYTES);
    let workspace = CurvatureWorkspace::<Small<Wide>>::boxed_on(&eager(2));
    assert_eq!(size_of_val(&*workspace), CurvatureWorkspace::<Small<Wide>>::BYTES);
}

network! {
    /// Of many pages.
    pub struct Pages(784 => 2000 Relu => 3 Identity) minimizing HalfSquaredError;
}

/// Whose pages are mapped for each thread when it first writes to them. Where pages are large there are few to count.
#[cfg(target_os = "linux")]
#[test]
fn each_thread_is_the_first_to_write_its_part() {
    // By itself, as what another test gives back may be given here, written already.
    if !is_the_process_for("faults") {
        let output = in_a_process("each_thread_is_the_first_to_write_its_part", "faults", "");
        assert!(output.status.success(), "{output:?}");
        return;
    }
    // What is made is kept, so that nothing is made where something else was.
    fn faults<R>(make: impl FnOnce() -> R) -> (R, u64) {
        let so_far = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            let (_, behind_name) = stat.rsplit_once(')').unwrap();
            behind_name.split_whitespace().nth(7).unwrap().parse::<u64>().unwrap()
        };
        let before = so_far();
        let made = make();
        (made, so_far() - before)
    }
    fn fewer<A, B>(what: &str, alone: impl FnOnce() -> A, on: impl FnOnce() -> B) -> (A, B) {
        let ((made, alone), (on, by_one)) = (faults(alone), faults(on));
        assert!(by_one < alone / 2, "{what}: {by_one} of {alone}");
        (made, on)
    }
    type Net = Pages<f32>;
    let (eight, net) = (Threads::new(8).unwrap(), Net::boxed_seeded(1));
    let (_first, pages) = faults(|| net.boxed_clone());
    if pages < 1000 {
        return;
    }
    let _kept = (
        fewer("copy", || net.boxed_clone(), || net.boxed_clone_on(&eight)),
        fewer("Adam", || net.boxed_clone(), || Adam::<Net>::new(AdamSettings::default())),
        fewer("workspace", Workspace::<Net>::boxed, || Workspace::<Net>::boxed_on(&eight)),
        fewer("inside", InsideWorkspace::<Net>::boxed, || InsideWorkspace::<Net>::boxed_on(&eight)),
        fewer("curvature", CurvatureWorkspace::<Net>::boxed, || {
            CurvatureWorkspace::<Net>::boxed_on(&eight)
        }),
    );
}

fn cost_on(threads: &Threads) -> f32 {
    let net = Small::<f32>::seeded(1);
    let (x, y) = examples::<Small<f32>>(100, 5);
    let mut workspace = Workspace::boxed();
    workspace.set_threads(threads);
    net.cost_with(&x, &y, &Regularization::none(), &mut workspace).unwrap()
}

/// A process ends while threads wait, awake or asleep.
#[cfg(target_os = "linux")]
#[test]
fn a_process_may_exit_at_any_time() {
    if is_the_process_for("exit") {
        let threads = eager(3);
        cost_on(&threads);
        std::process::exit(7);
    }
    for _ in 0..10 {
        let output = in_a_process("a_process_may_exit_at_any_time", "exit", "");
        assert_eq!(output.status.code(), Some(7), "{output:?}");
    }
}

/// A process that is forked has the team, and none of its threads: it computes alone, and ends.
#[cfg(target_os = "linux")]
#[test]
fn a_fork_computes_alone() {
    unsafe extern "C" {
        safe fn fork() -> i32;
        safe fn waitpid(process: i32, status: Option<&mut i32>, options: i32) -> i32;
        safe fn _exit(code: i32) -> !;
    }
    if is_the_process_for("fork") {
        let threads = eager(3);
        let before = cost_on(&threads);
        let child = fork();
        if child == 0 {
            let same = cost_on(&threads) == before && copies_are_the_same(&threads);
            drop(threads);
            _exit(if same { 5 } else { 6 });
        }
        let mut status = 0;
        assert_eq!(waitpid(child, Some(&mut status), 0), child);
        assert_eq!(status, 5 << 8);
        assert_eq!(cost_on(&threads), before);
        std::process::exit(9);
    }
    let output = in_a_process("a_fork_computes_alone", "fork", "timeout 60");
    assert_eq!(output.status.code(), Some(9), "{output:?}");
}

/// More threads than the system gives are an error, and those that were there have ended.
#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_cannot_be_started_is_an_error() {
    if is_the_process_for("limit") {
        let error = Threads::new(64).unwrap_err();
        assert_eq!(error.to_string(), "threads is 64; it must be no more than the system gives");
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().count();
        assert!(tasks <= 3, "{tasks} threads are left");
        assert!(cost_on(&Threads::new(1).unwrap()).is_finite());
        std::process::exit(11);
    }
    // Room for the stacks of three threads, the test's own among them, and for a third of another: small ones
    // could fill it to the last byte, and then what is left is not enough to say so.
    let limit = "ulimit -v 1800000; export RUST_MIN_STACK=536870912;";
    let output = in_a_process("a_thread_that_cannot_be_started_is_an_error", "limit", limit);
    assert_eq!(output.status.code(), Some(11), "{output:?}");
}
