//! Tests that a check of a stage predicts the result of a load of the stage. Two other tests
//! compare the check of one value with its decoding, and a value under a key of a JSON secret with
//! the original text.
//!
//! A stage is generated at random: its schema, the contents of each store, and the values that the
//! check can read. The load is real, from the plan to the Rust types, with the same stores.

mod stages;
mod types;

use super::{
    FieldState, JsonDocument, ReadField, ReadOptions, VariableSource, read_stage::StageReader,
    verify::find_unknown_part,
};
use crate::{
    Plan, Stage,
    decode::{StoredValue, select, verify},
    failure::Failure,
    layers::Layer,
    outcome::{Outcome, Request},
    resolve::{Layers, resolve},
    store::environment::Environment,
    struct_decoder::{DecodeResults, StructDecoder},
};
use proptest::prelude::*;
use stages::{Known, Node, World, worlds};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};
use types::{TYPES, contents, text};

/// The result of a check for a field.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// A load accepts the field.
    Accepted,
    /// A load fails because of the field.
    Refused(String),
    /// It is unknown whether a load accepts the field.
    Undetermined,
}

fn check(world: &World, plan: &Plan) -> BTreeMap<String, Verdict> {
    let variables = match &world.known {
        Known {
            variables: None, ..
        } => world.variables.clone(),
        Known {
            variables: Some(known),
            ..
        } => world
            .variables
            .iter()
            .filter(|(name, _)| known.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    };
    let options = ReadOptions {
        mode: world.known.mode,
        aws: None,
        variables: VariableSource::Deployment(variables),
        timeout: Duration::from_secs(1),
    };
    let reader = StageReader::new(&options);
    let requests = plan
        .requests()
        .filter(|request| reader.can_read(&request.0));
    let outcomes = requests
        .map(|request| (request.clone(), world.answer(&request, true)))
        .collect();
    let read_stage = reader
        .to_read_stage(plan, outcomes, Vec::new())
        .expect("the layers are empty");
    read_stage
        .fields
        .iter()
        .map(|field| (field.planned.path().to_owned(), to_verdict(field)))
        .collect()
}

fn to_verdict(field: &ReadField) -> Verdict {
    match (&field.state, field.verify()) {
        _ if !field.unreachable_sources.is_empty() => Verdict::Undetermined,
        (FieldState::Failed(failure), _) if failure.kind().is_unanswered() => Verdict::Undetermined,
        (FieldState::Failed(failure), _) => Verdict::Refused(failure.kind().to_string()),
        (_, Some(Err(failure))) => Verdict::Refused(failure.detail().to_owned()),
        (FieldState::Undecided, _) => Verdict::Undetermined,
        (_, Some(Ok(unverified))) if !unverified.is_empty() => Verdict::Undetermined,
        _ => Verdict::Accepted,
    }
}

/// Returns the failures of a load.
fn load(world: &World, plan: &Plan) -> BTreeMap<String, String> {
    let empty_layer = || {
        Layer::default()
            .select(plan.stage.name(), plan.schema, "none")
            .expect("an empty layer is valid")
    };
    let layers = Layers {
        overrides: empty_layer(),
        local: None,
        defaults: empty_layer(),
        env_overrides: Default::default(),
        environment: Environment::Fixed(Arc::new(world.variables.clone())),
    };
    let outcomes: HashMap<Request, Outcome> = plan
        .requests()
        .map(|request| (request.clone(), world.answer(&request, false)))
        .collect();
    let resolved = resolve(plan, &layers, &outcomes);
    let mut results = DecodeResults::new(plan.stage.name());
    let built = build(
        &world.nodes,
        &mut StructDecoder::new(plan.schema, &resolved, &mut results),
    );
    assert_eq!(
        built.is_some(),
        results.failures.is_empty(),
        "a struct must be built if and only if no failure is recorded"
    );
    let failed = |failure: &Failure| {
        (
            failure.field().to_owned(),
            format!("{} {}", failure.kind(), failure.detail()),
        )
    };
    results.failures.iter().map(failed).collect()
}

/// Builds a struct as generated code does.
fn build(nodes: &[Node], decoder: &mut StructDecoder<'_>) -> Option<()> {
    let mut all = Some(());
    for (index, node) in nodes.iter().enumerate() {
        let built = match node {
            Node::Field { ty, options } => (ty.load)(decoder, index, *options),
            Node::Struct {
                optional,
                schema,
                nodes,
            } => {
                let mut inner = decoder.nested(index, schema)?;
                if *optional {
                    inner.if_present(|inner| build(nodes, inner)).map(drop)
                } else {
                    build(nodes, &mut inner)
                }
            }
        };
        all = all.and(built);
    }
    all
}

fn new_plan(world: &World) -> Plan {
    let stage = Stage::choose(world.schema, world.stage)
        .expect("the stage is declared or has fallback sources");
    Plan::new(world.schema, stage, |_| false).expect("the sources are valid")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, ..ProptestConfig::default() })]

    /// If the check accepts a field, a load does not fail because of it. If the check refuses a
    /// field, a load fails because of it.
    #[test]
    fn a_check_predicts_a_load(world in worlds()) {
        let plan = new_plan(&world);
        let (verdicts, failures) = (check(&world, &plan), load(&world, &plan));
        for (path, verdict) in verdicts {
            match (verdict, failures.get(&path)) {
                (Verdict::Accepted, Some(failure)) => prop_assert!(false, "{path} is accepted, but a load fails: {failure}"),
                (Verdict::Refused(reason), None) => prop_assert!(false, "{path} is refused, but a load accepts it: {reason}"),
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, ..ProptestConfig::default() })]

    /// Checks each type against any content of a store.
    #[test]
    fn verification_agrees_with_decoding(found in contents()) {
        let mut differences = Vec::new();
        for ty in TYPES {
            let verified = verify(ty.shape.kind, found.as_stored());
            let has_unknown_part = find_unknown_part(ty.shape.kind).is_some();
            let is_accepted = (ty.accepts)(found.as_stored());
            match verified {
                Ok(()) if !has_unknown_part && !is_accepted => differences.push(format!("{}: accepted by the check, refused by a load", ty.name)),
                Err(_) if is_accepted => differences.push(format!("{}: refused by the check, accepted by a load", ty.name)),
                _ => {}
            }
        }
        prop_assert!(differences.is_empty(), "{:?} binary={} list={}: {differences:#?}", found.content.text_or_empty(), matches!(*found.content, crate::outcome::Payload::Binary(_)), matches!(*found.content, crate::outcome::Payload::List(_)));
    }

    /// `set` writes a value under a key of a JSON secret. A type accepts the value under the key if
    /// and only if it accepts the original text.
    #[test]
    fn a_type_accepts_a_value_under_a_key_if_and_only_if_it_accepts_the_text(text in text()) {
        for ty in TYPES {
            let document = JsonDocument::empty().with_value("k", ty.shape.kind, &text).expect("an empty object takes any key");
            let under_key = select(document.text(), "k").ok();
            let accepts = |text: &str| (ty.accepts)(StoredValue::from_text(text));
            let same = under_key.as_ref().is_some_and(|under_key| accepts(under_key) == accepts(&text));
            prop_assert!(same, "{}: {:?} in {:?}", ty.name, text, document.text());
        }
    }
}
