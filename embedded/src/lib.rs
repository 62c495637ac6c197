//! What the programs of `src/bin` share: a board, or the host in its place, and what they learn.

#![cfg_attr(any(target_os = "none", target_family = "wasm"), no_std)]

#[cfg(not(target_family = "wasm"))]
pub mod board;

pub mod learn;

pub mod stream;
