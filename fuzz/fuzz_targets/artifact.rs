//! The reader of executables and zips.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_cli::artifact::{self, Fault};
use stage_config_core::manifest;

fuzz_target!(|artifact: &[u8]| match artifact::sections(artifact) {
    Ok(sections) => sections.iter().for_each(|section| drop(manifest::decode(section))),
    Err(Fault { what, help }) => assert!(!what.is_empty() && !help.is_empty()),
});
