//! TypeScript for the AWS CDK: statements to add to a role.

use std::fmt::Write as _;

use super::super::policy::{Policy, Statement};
use super::super::policy_text::{Hole, PolicyText};
use super::{render_list, render_text};

/// Renders the statements as a constant. If the stage is a parameter of the policy, this constant
/// is a function whose argument is the stage.
pub(super) fn render_statements(policy: &Policy) -> String {
    let document = &policy.document;
    let uses_aws = document
        .texts()
        .flat_map(PolicyText::holes)
        .any(|hole| hole != Hole::Stage && find_pseudo_parameter(hole).is_some());
    let stages: Vec<String> = policy
        .stages
        .iter()
        .map(|stage| quote(&PolicyText::from(stage.as_str())))
        .collect();
    let parameter = match stages.as_slice() {
        [] => String::new(),
        stages => format!("(stage: {}) => ", stages.join(" | ")),
    };
    let imports = if uses_aws {
        "Aws, aws_iam as iam"
    } else {
        "aws_iam as iam"
    };
    let mut text = format!(
        "import {{ {imports} }} from 'aws-cdk-lib';\n\nexport const statements = {parameter}[\n"
    );
    text.extend(document.statements.iter().map(render_statement));
    text.push_str("];\n");
    text
}

fn render_statement(statement: &Statement) -> String {
    let mut text = String::new();
    let actions: Vec<PolicyText> = statement
        .actions
        .iter()
        .map(|action| PolicyText::from(*action))
        .collect();

    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "  new iam.PolicyStatement({{");
    let _ = writeln!(
        text,
        "    sid: {},",
        quote(&PolicyText::from(statement.sid.as_str()))
    );
    let _ = writeln!(text, "    effect: iam.Effect.ALLOW,");
    let _ = writeln!(text, "    actions: {},", render_list(4, &actions, quote));
    let _ = writeln!(
        text,
        "    resources: {},",
        render_list(4, &statement.resources, quote)
    );
    if !statement.conditions.is_empty() {
        let _ = writeln!(text, "    conditions: {{");
        for (operator, keys) in &statement.conditions {
            let _ = writeln!(text, "      '{operator}': {{");
            for (key, values) in keys {
                let values = match values.0.as_slice() {
                    [one] => quote(one),
                    several => render_list(8, several, quote),
                };
                let _ = writeln!(
                    text,
                    "        {}: {values},",
                    quote(&PolicyText::from(key.as_str()))
                );
            }
            let _ = writeln!(text, "      }},");
        }
        let _ = writeln!(text, "    }},");
    }
    text.push_str("  }),\n");
    text
}

/// Quotes a text. A text with holes that the CDK fills becomes a template literal.
fn quote(text: &PolicyText) -> String {
    let escape_backslashes = |literal: &str| literal.replace('\\', "\\\\");
    if text
        .holes()
        .any(|hole| find_pseudo_parameter(hole).is_some())
    {
        let escape = |literal: &str| {
            escape_backslashes(literal)
                .replace('`', "\\`")
                .replace("${", "\\${")
        };
        return format!("`{}`", render_text(text, escape, find_pseudo_parameter));
    }
    format!(
        "'{}'",
        render_text(
            text,
            |literal| escape_backslashes(literal).replace('\'', "\\'"),
            find_pseudo_parameter
        )
    )
}

fn find_pseudo_parameter(hole: Hole) -> Option<&'static str> {
    match hole {
        Hole::Partition => Some("${Aws.PARTITION}"),
        Hole::Region => Some("${Aws.REGION}"),
        Hole::Account => Some("${Aws.ACCOUNT_ID}"),
        Hole::Stage => Some("${stage}"),
        Hole::KeyId | Hole::Function => None,
    }
}
