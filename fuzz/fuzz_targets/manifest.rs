//! Reads a manifest, and plans each stage of a valid one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_core::{Plan, Schema, Stage, manifest};

fuzz_target!(|section: &[u8]| {
    match manifest::decode(section) {
        Ok(schemas) => schemas.into_iter().for_each(plan_stages),
        Err(error) => assert!(!error.to_string().contains(|c: char| c.is_control())),
    }
});

fn plan_stages(schema: &'static Schema) {
    let leaves = schema.leaves();
    for name in schema.stages.iter().copied().chain(["qa1", "pr-17"]) {
        let Ok(stage) = Stage::choose(schema, name) else {
            continue;
        };
        match Plan::new(schema, stage, |_| false) {
            Ok(plan) => {
                assert_eq!(plan.fields().count(), leaves.len());
                let _ = (plan.calls(), plan.to_string());
            }
            // The path of a nested struct can make an address longer than AWS accepts. Only the
            // plan finds this.
            Err(error) => assert!(!error.failures().is_empty()),
        }
    }
}
