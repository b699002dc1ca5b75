//! Bad input makes a load fail with an error that says what is wrong, where, and what to do. No
//! configuration is loaded in part. A misspelled key of a local file is only a warning.

mod aws_variables;
mod environment;
mod local;
mod stage;
mod values;
