//! The reader of executables and zips. It is a part of the command's own crate, which is no library, so its files are
//! compiled in here.

#![no_main]

#[path = "../../config-cli/src/artifact/archive.rs"]
mod archive;
#[path = "../../config-cli/src/artifact/container.rs"]
mod container;

use libfuzzer_sys::fuzz_target;
use stage_config_core::manifest;

fuzz_target!(|artifact: &[u8]| match container::sections(artifact) {
    Ok(sections) => sections.iter().for_each(|section| drop(manifest::decode(section))),
    Err(container::Fault { what, remedy }) => assert!(!what.is_empty() && !remedy.is_empty()),
});
