//! The reader of the manifest, and what later code does with whatever it lets pass.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_core::{Plan, Schema, Stage, manifest};

fuzz_target!(|section: &[u8]| {
    match manifest::decode(section) {
        Ok(schemas) => schemas.into_iter().for_each(used),
        Err(error) => assert!(!error.to_string().contains(|c: char| c.is_control())),
    }
});

fn used(schema: &'static Schema) {
    let leaves = schema.leaves();
    for name in schema.stages.iter().copied().chain(["qa1", "pr-17"]) {
        let Ok(stage) = Stage::choose(schema, name) else { continue };
        match Plan::new(schema, stage, |_| false) {
            Ok(plan) => {
                assert_eq!(plan.fields().count(), leaves.len());
                let _ = (plan.calls(), plan.to_string());
            }
            // A nested level may lengthen an address beyond what AWS takes: said when the stage is planned.
            Err(error) => assert!(!error.failures().is_empty()),
        }
    }
}
