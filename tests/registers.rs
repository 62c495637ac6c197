//! Which instructions are used, and who says so.

use std::process::Command;

use constprop::InstructionSet;

/// What a process finds that was told of `value`.
fn found_with(value: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "says_what_it_uses", "--nocapture"])
        .env("CONSTPROP_INSTRUCTIONS", value)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split("uses: ").nth(1)).unwrap();
    line.split_whitespace().next().unwrap().to_string()
}

#[test]
fn says_what_it_uses() {
    println!("uses: {}", InstructionSet::current().name());
}

#[test]
fn the_environment_chooses() {
    for set in InstructionSet::ALL {
        let expected = if set.is_available() { set } else { InstructionSet::best() };
        assert_eq!(found_with(set.name()), expected.name());
    }
    for nonsense in ["", "sse9", "AVX2 "] {
        assert_eq!(found_with(nonsense), InstructionSet::best().name());
    }
}

#[test]
fn a_pin_holds() {
    for set in InstructionSet::ALL {
        if set.is_available() {
            set.pin().unwrap();
            assert_eq!(InstructionSet::current(), set);
        } else {
            let before = InstructionSet::current();
            let error = set.pin().unwrap_err();
            assert_eq!(error.to_string(), format!("this processor has no {}", set.name()));
            assert_eq!(InstructionSet::current(), before);
        }
    }
    InstructionSet::best().pin().unwrap();
}
