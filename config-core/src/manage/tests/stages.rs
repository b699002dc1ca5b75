//! Generates random stages.

use super::{
    super::ReadMode,
    types::{Options, TYPES, Type, contents},
};
use crate::{
    failure::FailureKind,
    outcome::{Denied, Failed, Found, Outcome, Request},
    schema::{Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Schema, Secrecy, Sources},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};
use zeroize::Zeroizing;

/// A stage of a program: its schema, and the contents of its stores.
pub(super) struct World {
    pub(super) schema: &'static Schema,
    pub(super) nodes: Vec<Node>,
    /// The outcomes by address. An address that is not listed is missing.
    stores: HashMap<String, Outcome>,
    pub(super) variables: BTreeMap<String, Zeroizing<String>>,
    pub(super) known: Known,
}

/// What a check can read.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) depth: ReadMode,
    /// The variables that the check knows; `None` means all.
    pub(super) variables: Option<Vec<String>>,
}

/// A field of a struct, with its Rust type.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Field { of: Type, options: Options },
    Struct { optional: bool, schema: &'static Schema, nodes: Vec<Node> },
}

impl World {
    /// Returns the store's outcome, for a load or for a check.
    pub(super) fn answer(&self, request: &Request, check: bool) -> Outcome {
        match self.stores.get(&request.to_string()).cloned().unwrap_or(Outcome::Missing) {
            Outcome::Found(found) if check && self.known.depth == ReadMode::Existence => {
                Outcome::Found(Found { encrypted: found.encrypted, ..Found::new_exists_only() })
            }
            outcome => outcome,
        }
    }
}

const SOURCES: &[&str] = &[
    "/p/0",
    "/p/1",
    "/p/2",
    "/p/0#k",
    "/p/1#a.b",
    "secret:s0",
    "secret:s1",
    "secret:s0#k",
    "secret:s1#k",
    "env:E0",
    "env:E1",
    "env:E2",
    "vault:v0",
    "vault:v1",
    "vault:v0#k",
    "value:1",
    "value:null",
    "value:x",
];
const ADDRESSES: &[&str] = &["/p/0", "/p/1", "/p/2", "secret:s0", "secret:s1", "vault:v0", "vault:v1"];
const VARIABLES: &[&str] = &["E0", "E1", "E2"];

fn leak<T>(value: Vec<T>) -> &'static [T] {
    Box::leak(value.into_boxed_slice())
}

fn field() -> impl Strategy<Value = (Node, FieldContent)> {
    let options = [0.25, 0.15, 0.15].map(prop::bool::weighted);
    (select(TYPES), options, prop::sample::subsequence(SOURCES, 1..3)).prop_map(
        |(of, [default, with, validated], sources)| {
            let value = FieldSpec {
                shape: of.shape,
                type_name: of.name,
                secrecy: Secrecy::No,
                default: default.then_some("it"),
                no_fallback: false,
                validated,
                with,
                refresh_ms: None,
                assignments: leak(vec![Assignment {
                    key: AssignmentKey::Stage("dev"),
                    sources: Sources::Chain(leak(sources)),
                }]),
            };
            (Node::Field { of, options: Options { default, with, validated } }, FieldContent::Value(value))
        },
    )
}

fn section(depth: u32) -> BoxedStrategy<(&'static Schema, Vec<Node>)> {
    let nested = move || {
        (section(depth - 1), any::<bool>()).prop_map(|((schema, nodes), optional)| {
            (Node::Struct { optional, schema, nodes }, FieldContent::Nested { schema, optional })
        })
    };
    let content = match depth {
        0 => field().boxed(),
        _ => prop_oneof![field(), nested()].boxed(),
    };
    vec(content, 1..4)
        .prop_map(|parts| {
            let (nodes, contents): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            let names = ["a", "b", "c"];
            let named = |(name, content)| Field { name, level: name, docs: "", content };
            let schema = Schema {
                name: "Config",
                docs: "",
                package: "shop",
                module: "shop",
                app: "shop",
                stage_var: None,
                default_stage: None,
                preview: None,
                accounts: &[],
                schemes: &["vault"],
                batch_secrets: false,
                inherit: false,
                stages: &["dev"],
                fallback: false,
                validated: false,
                templates: &[],
                fields: leak(names.into_iter().zip(contents).map(named).collect()),
                sealed: &[],
                snapshot: None,
            };
            (&*Box::leak(Box::new(schema)), nodes)
        })
        .boxed()
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        7 => (contents(), option::of(any::<bool>())).prop_map(|(found, encrypted)| Outcome::Found(Found { encrypted, ..found })),
        5 => Just(Outcome::Missing),
        1 => Just(Outcome::Denied(Denied::new("no"))),
        1 => Just(Outcome::Failed(Failed::new(FailureKind::Throttled, "too many"))),
    ]
}

fn variables() -> impl Strategy<Value = BTreeMap<String, Zeroizing<String>>> {
    vec(option::of(contents()), VARIABLES.len()).prop_map(|values| {
        let text = |found: Found| Zeroizing::new(found.content.text_or_empty().to_owned());
        let pairs = VARIABLES.iter().zip(values);
        pairs.filter_map(|(name, value)| Some(((*name).to_owned(), text(value?)))).collect()
    })
}

pub(super) fn worlds() -> impl Strategy<Value = World> {
    let depth = prop_oneof![4 => Just(ReadMode::Values), 2 => Just(ReadMode::Existence), 1 => Just(ReadMode::Offline)];
    let names: Vec<String> = VARIABLES.iter().map(|name| (*name).to_owned()).collect();
    let known = (depth, option::of(prop::sample::subsequence(names, 0..=3)));
    (section(2), vec(outcome(), ADDRESSES.len()), variables(), known).prop_map(
        |((schema, nodes), outcomes, variables, (depth, known))| World {
            schema,
            nodes,
            stores: ADDRESSES.iter().map(|address| (*address).to_owned()).zip(outcomes).collect(),
            variables,
            known: Known { depth, variables: known },
        },
    )
}

/// Describes a failed case.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for leaf in self.schema.leaves() {
            writeln!(f, "{}: {} {:?} {:?}", leaf.path, leaf.spec.type_name, leaf.spec.default, leaf.spec.assignments)?;
        }
        for (address, outcome) in &self.stores {
            match outcome {
                Outcome::Found(found) => {
                    writeln!(f, "{address} = {:?} {:?}", found.content.text_or_empty(), found.encrypted)?
                }
                other => writeln!(f, "{address} = {other:?}")?,
            }
        }
        write!(
            f,
            "{:?}\n{:?}",
            self.variables.iter().map(|(name, text)| (name, text.as_str())).collect::<Vec<_>>(),
            self.known
        )
    }
}
