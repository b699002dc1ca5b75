//! Reads the manifest sections of executables and zips.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_cli::artifact::{self, ArtifactError};
use stage_config_core::manifest;

fuzz_target!(|artifact: &[u8]| match artifact::read_sections(artifact) {
    Ok(sections) => sections
        .iter()
        .for_each(|section| drop(manifest::decode(section))),
    Err(ArtifactError { detail, help, .. }) => assert!(!detail.is_empty() && !help.is_empty()),
});
