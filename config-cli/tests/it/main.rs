//! `cargo stage` as its users run it: a process, its files, a terminal, and KMS (moto's).

mod files;
mod kms;
#[cfg(unix)]
mod prompt;
mod redaction;
mod support;
mod transcripts;
mod vinz;
