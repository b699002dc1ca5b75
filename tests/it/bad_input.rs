//! Every bad input ends with an error that says what, where and how to mend it, and nothing is half loaded.

mod local;
mod stage;
mod surroundings;
mod values;
