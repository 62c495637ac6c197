//! What the programs of `src/bin` share: a board, or the host in its place, and what they learn.

#![cfg_attr(target_os = "none", no_std)]

pub mod board;

pub mod learn;

pub mod stream;
