//! Generates random stages.

use super::{
    super::ReadMode,
    types::{Options, TYPES, Type, contents, default},
};
use crate::{
    failure::FailureKind,
    outcome::{Denied, Failed, Found, Outcome, Payload, Request},
    schema::{
        AssignmentKey, FieldContent, FieldSpec, Schema, Secrecy,
        samples::{self, CONFIG, STRING, leak, leak_list},
    },
    store::{environment::Environment, kms},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use stage_config_grammar::source::Address;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};
use zeroize::Zeroizing;

/// A stage of a program: its schema, and the contents of its stores.
pub(super) struct World {
    pub(super) schema: &'static Schema,
    /// A declared stage, or one that uses the fallback sources.
    pub(super) stage: &'static str,
    pub(super) nodes: Vec<Node>,
    /// The outcomes by address. An address that is not listed is missing.
    stores: HashMap<String, Outcome>,
    pub(super) variables: BTreeMap<String, Zeroizing<String>>,
    pub(super) known: Known,
}

/// The values that a check can read.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) mode: ReadMode,
    /// The variables that the check knows; `None` means all.
    pub(super) variables: Option<Vec<String>>,
}

/// A field of a struct: a value with its Rust type, or a nested struct.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Field {
        ty: Type,
        options: Options,
    },
    Struct {
        optional: bool,
        schema: &'static Schema,
        nodes: Vec<Node>,
    },
}

impl World {
    /// Returns the store's outcome, for a load or for a check.
    pub(super) fn answer(&self, request: &Request, check: bool) -> Outcome {
        let outcome = self
            .stores
            .get(&request.to_string())
            .cloned()
            .unwrap_or(Outcome::Missing);
        match (&request.0, outcome) {
            (Address::KmsEnv { variable, .. }, outcome) => self.decrypt(variable, outcome, check),
            (_, Outcome::Found(found)) if check && self.known.mode == ReadMode::Existence => {
                Outcome::Found(Found {
                    encrypted: found.encrypted,
                    arn: found.arn,
                    ..Found::new_exists_only()
                })
            }
            (_, outcome) => outcome,
        }
    }

    /// Returns the outcome of decrypting a variable. KMS is called only if values are read, and KMS
    /// never reports that a value is missing.
    fn decrypt(&self, variable: &str, outcome: Outcome, check: bool) -> Outcome {
        let environment = Environment::Fixed(Arc::new(self.variables.clone()));
        match (kms::read_ciphertext(&environment, variable), outcome) {
            (Err(unusable), _) => unusable,
            (Ok(_), _) if check && self.known.mode != ReadMode::Values => {
                Outcome::Found(Found::new_exists_only())
            }
            (Ok(_), Outcome::Found(found)) => {
                let plaintext = match &*found.content {
                    Payload::Text(text) | Payload::List(text) => text.as_bytes(),
                    Payload::Binary(bytes) => bytes,
                    Payload::ExistsOnly => &[],
                };
                Outcome::Found(Found::from_text_or_bytes(plaintext))
            }
            (Ok(_), Outcome::Missing) => {
                Outcome::Failed(Failed::new(FailureKind::WrongKey, "another key"))
            }
            (Ok(_), outcome) => outcome,
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
    "arn:aws:ssm:eu-west-1:222222222222:parameter/p/3",
    "kms-env:K0",
    "kms-env:K1",
    "kms-env:K0#k",
    "value:1",
    "value:null",
    "value:x",
];
#[rustfmt::skip]
const ADDRESSES: &[&str] = &[
    "/p/0", "/p/1", "/p/2", "arn:aws:ssm:eu-west-1:222222222222:parameter/p/3", "secret:s0", "secret:s1", "kms-env:K0", "kms-env:K1",
    "vault:v0", "vault:v1",
];
const VARIABLES: &[&str] = &["E0", "E1", "E2"];
const CIPHERTEXTS: &[&str] = &["K0", "K1"];

/// Generates the sources of a field: for the stage `dev`, for `all`, or for `dev` together with
/// `fallback` or `all`.
fn assignments() -> impl Strategy<Value = Vec<(AssignmentKey, Vec<&'static str>)>> {
    let chain = || prop::sample::subsequence(SOURCES, 1..3).prop_shuffle();
    let dev = AssignmentKey::Stage("dev");
    prop_oneof![
        4 => chain().prop_map(move |own| vec![(dev, own)]),
        1 => chain().prop_map(|all| vec![(AssignmentKey::All, all)]),
        2 => (chain(), chain()).prop_map(move |(own, fallback)| vec![(dev, own), (AssignmentKey::Fallback, fallback)]),
        2 => (chain(), chain()).prop_map(move |(own, all)| vec![(dev, own), (AssignmentKey::All, all)]),
    ]
}

/// Removes the sources that the derive refuses for a secret: `env:` and `value:`. An empty chain is
/// replaced.
fn retain_for_secrets(chain: Vec<&'static str>) -> Vec<&'static str> {
    let allowed: Vec<_> = chain
        .into_iter()
        .filter(|source| !source.starts_with("env:") && !source.starts_with("value:"))
        .collect();
    if allowed.is_empty() {
        vec!["secret:s0"]
    } else {
        allowed
    }
}

fn field() -> impl Strategy<Value = (Node, FieldContent)> {
    let options = [0.15, 0.15, 0.2].map(prop::bool::weighted);
    let secrecy = select(&[Secrecy::No, Secrecy::Unknown, Secrecy::Yes][..]);
    (select(TYPES), default(), options, secrecy, assignments()).prop_map(
        |(ty, default, [with, validated, no_fallback], secrecy, assignments)| {
            let assignment = |(key, chain): (AssignmentKey, Vec<&'static str>)| {
                let chain = if secrecy == Secrecy::Yes {
                    retain_for_secrets(chain)
                } else {
                    chain
                };
                samples::chain(key, leak_list(chain))
            };
            let value = FieldSpec {
                shape: ty.shape,
                type_name: ty.name,
                secrecy,
                default,
                no_fallback,
                validated,
                with,
                assignments: leak_list(assignments.into_iter().map(assignment)),
                ..STRING
            };
            (
                Node::Field {
                    ty,
                    options: Options {
                        default,
                        with,
                        validated,
                    },
                },
                FieldContent::Value(value),
            )
        },
    )
}

/// Generates the option `#[config(account(…))]` of a struct.
fn accounts() -> impl Strategy<Value = &'static [(&'static str, &'static str)]> {
    let account = |account| ("dev", account);
    let accounts = prop_oneof![3 => Just(None), 1 => Just(Some("111111111111")), 1 => Just(Some("222222222222"))];
    accounts.prop_map(move |account_id| leak_list(account_id.map(account)))
}

fn any_struct(depth: u32) -> BoxedStrategy<(&'static Schema, Vec<Node>)> {
    let nested = move || {
        (any_struct(depth - 1), any::<bool>()).prop_map(|((schema, nodes), optional)| {
            (
                Node::Struct {
                    optional,
                    schema,
                    nodes,
                },
                FieldContent::Nested {
                    schema,
                    optional,
                    templates: &[],
                },
            )
        })
    };
    let content = match depth {
        0 => field().boxed(),
        _ => prop_oneof![field(), nested()].boxed(),
    };
    (vec(content, 1..4), accounts())
        .prop_map(|(parts, accounts)| {
            let (nodes, contents): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            let fields = ["a", "b", "c"]
                .into_iter()
                .zip(contents)
                .map(|(name, content)| samples::field(name, content));
            (
                leak(Schema {
                    accounts,
                    stages: &["dev"],
                    fields: leak_list(fields),
                    ..CONFIG
                }),
                nodes,
            )
        })
        .boxed()
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let arn = |account: &str| Some(format!("arn:aws:ssm:eu-west-1:{account}:parameter/x"));
    let arn = select(vec![
        None,
        arn(""),
        arn("111111111111"),
        arn("222222222222"),
        arn("x"),
        Some("arn:".to_owned()),
    ]);
    let found = (contents(), option::of(any::<bool>()), arn);
    prop_oneof![
        7 => found.prop_map(|(found, encrypted, arn)| Outcome::Found(Found { encrypted, arn, ..found })),
        5 => Just(Outcome::Missing),
        1 => Just(Outcome::Denied(Denied::new("no"))),
        1 => Just(Outcome::Failed(Failed::new(FailureKind::Throttled, "too many"))),
    ]
}

fn variables() -> impl Strategy<Value = BTreeMap<String, Zeroizing<String>>> {
    let texts = contents().prop_map(|found| found.content.text_or_empty().to_owned());
    let ciphertext = select(vec!["AQID", " AQID\n", "", "x", "AQI"]).prop_map(str::to_owned);
    let values = (
        vec(option::of(texts), VARIABLES.len()),
        vec(option::weighted(0.8, ciphertext), CIPHERTEXTS.len()),
    );
    values.prop_map(|(texts, ciphertexts)| {
        let pairs = VARIABLES
            .iter()
            .zip(texts)
            .chain(CIPHERTEXTS.iter().zip(ciphertexts));
        pairs
            .filter_map(|(name, value)| Some(((*name).to_owned(), Zeroizing::new(value?))))
            .collect()
    })
}

pub(super) fn worlds() -> impl Strategy<Value = World> {
    let mode = prop_oneof![4 => Just(ReadMode::Values), 2 => Just(ReadMode::Existence), 1 => Just(ReadMode::Offline)];
    let names: Vec<String> = VARIABLES
        .iter()
        .chain(CIPHERTEXTS)
        .map(|name| (*name).to_owned())
        .collect();
    let count = names.len();
    let known = (
        mode,
        option::of(prop::sample::subsequence(names, 0..=count)),
    );
    let stage = prop_oneof![3 => Just("dev"), 1 => Just("anna")];
    (
        any_struct(2),
        vec(outcome(), ADDRESSES.len()),
        variables(),
        known,
        stage,
    )
        .prop_map(
            |((schema, nodes), outcomes, variables, (mode, known), stage)| World {
                schema,
                stage,
                nodes,
                stores: ADDRESSES
                    .iter()
                    .map(|address| (*address).to_owned())
                    .zip(outcomes)
                    .collect(),
                variables,
                known: Known {
                    mode,
                    variables: known,
                },
            },
        )
}

/// Describes a failed case.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "stage {}, accounts {:?}",
            self.stage, self.schema.accounts
        )?;
        for leaf in self.schema.leaves() {
            writeln!(f, "{}: {:?}", leaf.path, leaf.spec)?;
        }
        for (address, outcome) in &self.stores {
            match outcome {
                Outcome::Found(found) => writeln!(
                    f,
                    "{address} = {:?} {:?} {:?}",
                    found.content.text_or_empty(),
                    found.encrypted,
                    found.arn
                )?,
                other => writeln!(f, "{address} = {other:?}")?,
            }
        }
        write!(
            f,
            "{:?}\n{:?}",
            self.variables
                .iter()
                .map(|(name, text)| (name, text.as_str()))
                .collect::<Vec<_>>(),
            self.known
        )
    }
}
