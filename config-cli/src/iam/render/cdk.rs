//! TypeScript for the AWS CDK: statements to add to a role.

use std::fmt::Write as _;

use super::super::policy::{Document, Statement};
use super::super::text::{Hole, Text};
use super::{list, written};

pub(super) fn statements(document: &Document) -> String {
    let uses_aws = document.texts().flat_map(Text::holes).any(|hole| pseudo_parameter(hole).is_some());
    let imports = if uses_aws { "Aws, aws_iam as iam" } else { "aws_iam as iam" };
    let mut text = format!("import {{ {imports} }} from 'aws-cdk-lib';\n\nexport const statements = [\n");
    text.extend(document.statements.iter().map(statement));
    text.push_str("];\n");
    text
}

fn statement(statement: &Statement) -> String {
    let mut text = String::new();
    let actions: Vec<Text> = statement.actions.iter().map(|action| Text::from(*action)).collect();
    // Writing to a `String` does not fail.
    let _ = writeln!(text, "  new iam.PolicyStatement({{");
    let _ = writeln!(text, "    sid: {},", quoted(&Text::from(statement.sid.as_str())));
    let _ = writeln!(text, "    effect: iam.Effect.ALLOW,");
    let _ = writeln!(text, "    actions: {},", list(4, &actions, quoted));
    let _ = writeln!(text, "    resources: {},", list(4, &statement.resources, quoted));
    if !statement.conditions.is_empty() {
        let _ = writeln!(text, "    conditions: {{");
        for (operator, keys) in &statement.conditions {
            let _ = writeln!(text, "      '{operator}': {{");
            for (key, values) in keys {
                let values = match values.0.as_slice() {
                    [one] => quoted(one),
                    several => list(8, several, quoted),
                };
                let _ = writeln!(text, "        {}: {values},", quoted(&Text::from(key.as_str())));
            }
            let _ = writeln!(text, "      }},");
        }
        let _ = writeln!(text, "    }},");
    }
    text.push_str("  }),\n");
    text
}

/// A template literal where there is something to fill in.
fn quoted(text: &Text) -> String {
    let backslashes = |literal: &str| literal.replace('\\', "\\\\");
    if text.holes().any(|hole| pseudo_parameter(hole).is_some()) {
        let escape = |literal: &str| backslashes(literal).replace('`', "\\`").replace("${", "\\${");
        return format!("`{}`", written(text, escape, pseudo_parameter));
    }
    format!("'{}'", written(text, |literal| backslashes(literal).replace('\'', "\\'"), pseudo_parameter))
}

fn pseudo_parameter(hole: Hole) -> Option<&'static str> {
    match hole {
        Hole::Partition => Some("${Aws.PARTITION}"),
        Hole::Region => Some("${Aws.REGION}"),
        Hole::Account => Some("${Aws.ACCOUNT_ID}"),
        Hole::KeyId | Hole::Function => None,
    }
}
