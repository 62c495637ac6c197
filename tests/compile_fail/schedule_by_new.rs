//~ `one_cycle`
use constprop::Schedule;

fn main() {
    let _ = Schedule::new(0.1);
}
