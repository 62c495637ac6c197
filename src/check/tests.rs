//! What checks are made of, each piece against its definition.

mod functions;

mod ladder;

mod numbers;
