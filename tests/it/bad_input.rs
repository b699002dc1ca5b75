//! Every bad input ends with an error that says what is wrong, where, and how to fix it. No
//! configuration is half loaded.

mod environment;
mod local;
mod stage;
mod values;
