//! A Terraform data source that contains the policy document. Resources refer to the data source.

use std::collections::BTreeSet;

use super::super::policy::{PolicyDocument, Statement};
use super::super::policy_text::{Hole, PolicyText};
use super::{render_list, render_text};

pub(super) fn render_data_source(document: &PolicyDocument, stage: &str) -> String {
    let mut text = String::new();
    for source in list_data_sources(document) {
        text.push_str(&format!("data \"{source}\" \"stage\" {{}}\n\n"));
    }
    text.push_str(&format!(
        "data \"aws_iam_policy_document\" \"{}\" {{\n",
        to_identifier(stage)
    ));
    let blocks: Vec<String> = document.statements.iter().map(render_statement).collect();
    text.push_str(&blocks.join("\n"));
    text.push_str("}\n");
    text
}

fn render_statement(statement: &Statement) -> String {
    let actions: Vec<PolicyText> = statement
        .actions
        .iter()
        .map(|action| PolicyText::from(*action))
        .collect();
    let mut text = "  statement {\n".to_owned();
    let sid = quote(&PolicyText::from(statement.sid.as_str()));
    text.push_str(&render_attributes(
        4,
        &[
            ("sid", sid),
            ("effect", "\"Allow\"".to_owned()),
            ("actions", render_list(4, &actions, quote)),
            ("resources", render_list(4, &statement.resources, quote)),
        ],
    ));
    for (operator, keys) in &statement.conditions {
        for (key, values) in keys {
            text.push_str("\n    condition {\n");
            let variable = quote(&PolicyText::from(key.as_str()));
            let test = format!("\"{operator}\"");
            text.push_str(&render_attributes(
                6,
                &[
                    ("test", test),
                    ("variable", variable),
                    ("values", render_list(6, &values.0, quote)),
                ],
            ));
            text.push_str("    }\n");
        }
    }
    text.push_str("  }\n");
    text
}

/// Renders attributes with aligned `=`, as `terraform fmt` does. Only consecutive attributes whose
/// values have no line breaks are aligned.
fn render_attributes(indent: usize, attributes: &[(&str, String)]) -> String {
    let indent = " ".repeat(indent);
    let mut text = String::new();
    for group in attributes.chunk_by(|(_, a), (_, b)| !a.contains('\n') && !b.contains('\n')) {
        let width = group.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        text.extend(
            group
                .iter()
                .map(|(name, value)| format!("{indent}{name:width$} = {value}\n")),
        );
    }
    text
}

fn quote(text: &PolicyText) -> String {
    let escape = |literal: &str| {
        let literal = literal.replace('\\', "\\\\").replace('"', "\\\"");
        literal.replace("${", "$${").replace("%{", "%%{")
    };
    format!(
        "\"{}\"",
        render_text(text, escape, |hole| match hole {
            Hole::Stage => Some("${var.stage}"),
            hole => find_data_source(hole).map(|(_, value)| value),
        })
    )
}

/// Returns the data source that provides the value for a hole, and the expression that reads the
/// value from this data source. For the region, the expression reads the attribute `id`, which
/// exists in every version of the provider.
fn find_data_source(hole: Hole) -> Option<(&'static str, &'static str)> {
    match hole {
        Hole::Partition => Some(("aws_partition", "${data.aws_partition.stage.partition}")),
        Hole::Region => Some(("aws_region", "${data.aws_region.stage.id}")),
        Hole::Account => Some((
            "aws_caller_identity",
            "${data.aws_caller_identity.stage.account_id}",
        )),
        Hole::KeyId | Hole::Function | Hole::Stage => None,
    }
}

fn list_data_sources(document: &PolicyDocument) -> BTreeSet<&'static str> {
    document
        .texts()
        .flat_map(PolicyText::holes)
        .filter_map(find_data_source)
        .map(|(source, _)| source)
        .collect()
}

/// Returns a valid Terraform identifier, which does not begin with a digit.
fn to_identifier(stage: &str) -> String {
    let replace_invalid = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let name: String = stage.chars().map(replace_invalid).collect();
    format!("stage_{name}")
        .trim_end_matches(['_', '-'])
        .to_owned()
}
