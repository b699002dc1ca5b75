//! A bad input ends with an error that states the problem, its place and its help. No configuration
//! is loaded in part.

mod aws_variables;
mod environment;
mod local;
mod stage;
mod values;
