//! Predicts, learns on line, keeps what it has learned through a reset, and says what that takes.

#![cfg_attr(target_os = "none", no_std, no_main)]

use core::mem::MaybeUninit;

use constprop::prelude::*;
use constprop::weights::{Packed, Turns};
use constprop_embedded::board::{instructions, println};
use constprop_embedded::learn::{
    Policy, Xor, draw, fingerprint, policy_example, predictions, step, train, xor_example,
};
use constprop_embedded::stream::Stream;

type Net = Policy<f32>;

/// What a training takes, each in its place: the linker's map shows them, and they are what the type says.
static mut NET: MaybeUninit<Net> = MaybeUninit::uninit();
static mut ADAM: MaybeUninit<Adam<Net>> = MaybeUninit::uninit();
static mut WORKSPACE: MaybeUninit<Workspace<Net>> = MaybeUninit::uninit();
const RAM: usize = Workspace::<Net>::training_bytes::<Adam<Net>>();

/// Two pages of flash, or what stands for them: memory that a reset leaves as it is.
#[cfg_attr(target_os = "none", unsafe(link_section = ".uninit.kept"))]
static mut KEPT: [MaybeUninit<[u8; 2048]>; 2] = [MaybeUninit::uninit(); 2];

/// Learns XOR.
fn learn_xor() -> Result<(), constprop::Error> {
    let (mut net, mut big_deltas) = (Xor::<f32>::zeros(), BigDeltas::<Xor<f32>>::zeros());
    let mut stream = Stream::new(3);
    draw(&mut net, &mut stream, 1.0);
    let mut descent = GradientDescent::new(0.5)?;
    for _ in 0..2000 {
        step(&mut net, &mut big_deltas, &mut descent, xor_example(&mut stream))?;
    }
    for x in [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] {
        println!(
            "XOR of {} and {}: {} %",
            x[0] as u8,
            x[1] as u8,
            (100.0 * net.predict(&x)[0]) as u8
        );
    }
    let example = xor_example(&mut stream);
    let taken = instructions(8, || {
        _ = step(&mut net, &mut big_deltas, &mut descent, example);
    });
    println!("XOR: {} bytes of RAM, {taken} instructions a step", 2 * Xor::<f32>::BYTES + 4);
    println!("XOR: parameters {:08x}", fingerprint(net.parameters()));
    Ok(())
}

/// Learns the policy, and keeps it.
fn learn_policy(net: &mut Net, pages: &mut [[u8; 2048]; 2]) -> Result<(), constprop::Error> {
    // SAFETY: nobody else has these places.
    let (adam, workspace) = unsafe {
        (
            (*(&raw mut ADAM)).write(Adam::new(settings())?),
            (*(&raw mut WORKSPACE)).write(Workspace::new()),
        )
    };
    let mut stream = Stream::new(4);
    draw(net, &mut stream, 0.5);
    let before = train(net, adam, workspace, &mut stream)?;
    for _ in 0..600 {
        train(net, adam, workspace, &mut stream)?;
    }
    println!("policy: J {} before, {} after, in millionths", millionths(before), error_of(net));
    let turns = Turns::of::<Net>(pages.each_ref().map(|page| &page[..]));
    let page = &mut pages[turns.next()];
    if let Ok(words) = net.packed_words(turns.sequence()) {
        for (place, word) in page.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *place = word;
        }
    }
    println!("policy: parameters {:08x}", fingerprint(net.parameters()));
    let taken = instructions(8, || _ = train(net, adam, workspace, &mut stream));
    println!("policy: {RAM} bytes of RAM, {taken} instructions a step of 8 examples");
    Ok(())
}

fn settings() -> AdamSettings<f32> {
    AdamSettings { rate: 0.01, ..AdamSettings::default() }
}

/// J of examples that were not learned from.
fn error_of(net: &Net) -> u32 {
    let mut stream = Stream::new(5);
    let mut sum = 0.0;
    for _ in 0..64 {
        let (x, y) = policy_example(&mut stream);
        let h = net.predict(&x);
        sum += 0.5 * ((h[0] - y[0]) * (h[0] - y[0]) + (h[1] - y[1]) * (h[1] - y[1]));
    }
    millionths(sum / 64.0)
}

fn millionths(x: f32) -> u32 {
    (x * 1e6) as u32
}

/// What was kept, or else all from the beginning. Gives whether something was kept before.
fn run() -> Result<bool, constprop::Error> {
    // SAFETY: nobody else has these places; any bytes are bytes, and `Turns` tells whether they are a network.
    let (net, pages) = unsafe {
        let net = (*(&raw mut NET)).write(Net::zeros());
        (net, &mut *(&raw mut KEPT).cast::<[[u8; 2048]; 2]>())
    };
    let turns = Turns::of::<Net>(pages.each_ref().map(|page| &page[..]));
    if let Some(page) = turns.newest() {
        let kept = net.unpack(&pages[page][..Net::PACKED]).is_ok();
        println!("kept: {kept}, J {} in millionths", error_of(net));
        println!("kept: parameters {:08x}", fingerprint(net.parameters()));
        return Ok(true);
    }
    println!("predictions: {:08x}", fingerprint(predictions().as_flattened()));
    learn_xor()?;
    learn_policy(net, pages)?;
    Ok(false)
}

constprop_embedded::program!({
    #[cfg(not(target_os = "none"))]
    assert!(constprop::InstructionSet::Portable.pin().is_ok());
    let kept = run();
    assert!(kept.is_ok());
    #[cfg(target_os = "none")]
    if kept == Ok(false) {
        constprop_embedded::board::reset();
    }
    #[cfg(not(target_os = "none"))]
    assert!(run().is_ok());
});
