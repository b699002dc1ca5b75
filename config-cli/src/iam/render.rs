//! Renders the policy in the format of a deployment tool. The output contains the same policy
//! document in every format.

mod cdk;
mod terraform;
mod yaml;

use clap::ValueEnum;

use stage_config_grammar::suggest;

use super::policy::Policy;
use super::policy_text::{Hole, PolicyText, TextPiece};

/// The output format of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyFormat {
    /// IAM's own JSON
    Json,
    /// `Policies` of a function in a template of AWS SAM
    Sam,
    /// A data source of Terraform and OpenTofu
    Terraform,
    /// Statements of the AWS CDK in TypeScript
    Cdk,
    /// `provider.iam.role.statements` of the Serverless Framework
    Serverless,
}

/// Renders the policy of a stage. A format with comments also contains the notes.
pub(crate) fn render(policy: &Policy, stage: &str, format: PolicyFormat) -> String {
    let render_comments = |start: &str| -> String {
        list_notes(policy, format)
            .iter()
            .map(|note| format!("{start}{note}\n"))
            .collect()
    };
    match format {
        PolicyFormat::Json => {
            serde_json::to_string_pretty(&policy.document).unwrap_or_default() + "\n"
        }
        PolicyFormat::Sam => render_comments("# ") + &yaml::render_sam(&policy.document),
        PolicyFormat::Serverless => {
            render_comments("# ") + &yaml::render_serverless(&policy.document)
        }
        PolicyFormat::Terraform => {
            render_comments("# ") + &terraform::render_data_source(&policy.document, stage)
        }
        PolicyFormat::Cdk => render_comments("// ") + &cdk::render_statements(policy),
    }
}

/// Returns the notes on the policy in this format, each on one line. Line breaks are replaced,
/// because an address of a custom store may contain any text.
pub(crate) fn list_notes(policy: &Policy, format: PolicyFormat) -> Vec<String> {
    let is_location = |hole| matches!(hole, Hole::Partition | Hole::Region | Hole::Account);
    let mut notes = policy.collect_notes(|hole| format != PolicyFormat::Json && is_location(hole));
    if !policy.stages.is_empty() {
        notes.insert(0, describe_stage_parameter(&policy.stages, format));
    }

    let to_line = |note: String| {
        note.replace(
            |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'),
            " ",
        )
    };
    notes.into_iter().map(to_line).collect()
}

/// Returns the note about the parameter that replaces the stage in this format. The user must
/// restrict the values of the parameter to `stages`, because another value could be a wildcard
/// (`*`).
fn describe_stage_parameter(stages: &[String], format: PolicyFormat) -> String {
    let names = suggest::format_list(stages);
    match format {
        PolicyFormat::Json => format!("STAGE stands for the stage: one of {names}"),
        PolicyFormat::Sam => format!(
            "the template needs the parameter Stage of the type String, with AllowedValues: [{}]",
            stages.join(", ")
        ),
        PolicyFormat::Terraform => format!(
            "the module needs the variable \"stage\" of the type string, with a validation that \
             accepts only {names}"
        ),
        PolicyFormat::Cdk => format!("call statements(stage) with one of {names}"),
        PolicyFormat::Serverless => {
            format!("the stage of the deployment (--stage) must be one of {names}")
        }
    }
}

/// Renders a text with escaped literals and filled holes. A hole for which `fill` returns `None`
/// keeps its placeholder.
fn render_text(
    text: &PolicyText,
    escape: impl Fn(&str) -> String,
    fill: impl Fn(Hole) -> Option<&'static str>,
) -> String {
    let render_piece = |piece: &TextPiece| match piece {
        TextPiece::Literal(literal) => escape(literal),
        TextPiece::Hole(hole) => fill(*hole).unwrap_or(hole.placeholder()).to_owned(),
    };
    text.pieces().iter().map(render_piece).collect()
}

/// Renders a list in brackets. A single text is on the same line as the brackets. Each of several
/// texts is on a separate line. `indent` is the indentation of the line on which the list begins.
fn render_list(indent: usize, texts: &[PolicyText], quote: fn(&PolicyText) -> String) -> String {
    match texts {
        [text] => format!("[{}]", quote(text)),
        _ => {
            let space = " ".repeat(indent);
            let items: String = texts
                .iter()
                .map(|text| format!("{space}  {},\n", quote(text)))
                .collect();
            format!("[\n{items}{space}]")
        }
    }
}
