//! A data source of Terraform: the policy as a document that resources take.

use std::collections::BTreeSet;

use super::super::policy::{Document, Statement};
use super::super::text::{Hole, Text};
use super::{list, written};

pub(super) fn data_source(document: &Document, stage: &str) -> String {
    let mut text = String::new();
    for source in surroundings(document) {
        text.push_str(&format!("data \"{source}\" \"stage\" {{}}\n\n"));
    }
    text.push_str(&format!("data \"aws_iam_policy_document\" \"{}\" {{\n", identifier(stage)));
    let blocks: Vec<String> = document.statements.iter().map(statement).collect();
    text.push_str(&blocks.join("\n"));
    text.push_str("}\n");
    text
}

fn statement(statement: &Statement) -> String {
    let actions: Vec<Text> = statement.actions.iter().map(|action| Text::from(*action)).collect();
    let mut text = "  statement {\n".to_owned();
    let sid = quoted(&Text::from(statement.sid.as_str()));
    text.push_str(&attributes(
        4,
        &[
            ("sid", sid),
            ("effect", "\"Allow\"".to_owned()),
            ("actions", list(4, &actions, quoted)),
            ("resources", list(4, &statement.resources, quoted)),
        ],
    ));
    for (operator, keys) in &statement.conditions {
        for (key, values) in keys {
            text.push_str("\n    condition {\n");
            let variable = quoted(&Text::from(key.as_str()));
            let test = format!("\"{operator}\"");
            text.push_str(&attributes(
                6,
                &[("test", test), ("variable", variable), ("values", list(6, &values.0, quoted))],
            ));
            text.push_str("    }\n");
        }
    }
    text.push_str("  }\n");
    text
}

/// Lines that follow one another have their `=` in one column, as `terraform fmt` puts them; values of several lines do not
/// take part.
fn attributes(indent: usize, attributes: &[(&str, String)]) -> String {
    let indent = " ".repeat(indent);
    let mut text = String::new();
    for group in attributes.chunk_by(|(_, a), (_, b)| !a.contains('\n') && !b.contains('\n')) {
        let width = group.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        text.extend(group.iter().map(|(name, value)| format!("{indent}{name:width$} = {value}\n")));
    }
    text
}

fn quoted(text: &Text) -> String {
    let escape = |literal: &str| {
        let literal = literal.replace('\\', "\\\\").replace('"', "\\\"");
        literal.replace("${", "$${").replace("%{", "%%{")
    };
    format!("\"{}\"", written(text, escape, |hole| source_of(hole).map(|(_, value)| value)))
}

/// The data source that knows it, and how it is named there. `id` is the region in every version of the provider.
fn source_of(hole: Hole) -> Option<(&'static str, &'static str)> {
    match hole {
        Hole::Partition => Some(("aws_partition", "${data.aws_partition.stage.partition}")),
        Hole::Region => Some(("aws_region", "${data.aws_region.stage.id}")),
        Hole::Account => Some(("aws_caller_identity", "${data.aws_caller_identity.stage.account_id}")),
        Hole::KeyId | Hole::Function => None,
    }
}

fn surroundings(document: &Document) -> BTreeSet<&'static str> {
    document.texts().flat_map(Text::holes).filter_map(source_of).map(|(source, _)| source).collect()
}

/// A name that Terraform takes, which begins with no digit.
fn identifier(stage: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = stage.chars().map(plain).collect();
    format!("stage_{}", name.trim_end_matches(['_', '-']))
}
