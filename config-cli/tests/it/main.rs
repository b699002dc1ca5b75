//! `cargo stage` as users run it: a process, its files, a terminal, and servers in place of AWS.

mod app_config;
mod arguments;
mod aws_variables;
mod building;
mod check;
#[cfg(unix)]
mod completions;
#[cfg(unix)]
mod composed;
mod copy;
mod defaults;
#[cfg(feature = "deployed")]
mod deployed;
mod diff;
#[cfg(unix)]
mod exec;
#[cfg(unix)]
mod export;
mod files;
#[cfg(unix)]
mod from_str;
mod hostile;
mod iam;
mod identity;
mod images;
#[cfg(unix)]
mod import;
#[cfg(unix)]
mod interrupted;
mod kms;
#[cfg(unix)]
mod narrow_terminal;
mod nested_templates;
#[cfg(unix)]
mod pasted;
mod paths;
#[cfg(unix)]
mod prompt;
mod redaction;
mod roles;
mod secrecy;
mod shared;
mod show;
mod snapshot;
mod stages;
mod support;
mod transcripts;
mod troubleshooting;
#[cfg(unix)]
mod unchanged;
#[cfg(unix)]
mod untrusted_artifact;
mod vinz;
mod write;
