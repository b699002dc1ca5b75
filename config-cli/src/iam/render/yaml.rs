//! YAML for CloudFormation, as AWS SAM and the Serverless Framework take it.

use super::super::policy::{Document, Statement};
use super::super::text::{Hole, Text};
use super::written;

/// `Policies` of a function.
pub(super) fn sam(document: &Document) -> String {
    let mut lines = Lines::default();
    lines.push(0, "Policies:");
    lines.push(1, "- Version: '2012-10-17'");
    lines.push(2, "Statement:");
    lines.statements(3, document);
    lines.0
}

/// The statements of the role that functions share.
pub(super) fn serverless(document: &Document) -> String {
    let mut lines = Lines::default();
    for (level, key) in ["provider:", "iam:", "role:", "statements:"].into_iter().enumerate() {
        lines.push(level, key);
    }
    lines.statements(4, document);
    lines.0
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn push(&mut self, level: usize, line: &str) {
        self.0.push_str(&"  ".repeat(level));
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn statements(&mut self, level: usize, document: &Document) {
        for statement in &document.statements {
            self.statement(level, statement);
        }
    }

    fn statement(&mut self, level: usize, statement: &Statement) {
        self.push(level, &format!("- Sid: {}", statement.sid));
        self.push(level + 1, "Effect: Allow");
        self.push(level + 1, "Action:");
        for action in &statement.actions {
            self.push(level + 2, &format!("- {}", scalar(&Text::from(*action))));
        }
        self.push(level + 1, "Resource:");
        self.list(level + 2, &statement.resources);
        if !statement.conditions.is_empty() {
            self.push(level + 1, "Condition:");
        }
        for (operator, keys) in &statement.conditions {
            self.push(level + 2, &format!("'{operator}':"));
            for (key, values) in keys {
                if let [one] = values.0.as_slice() {
                    self.push(level + 3, &format!("'{key}': {}", scalar(one)));
                    continue;
                }
                self.push(level + 3, &format!("'{key}':"));
                self.list(level + 4, &values.0);
            }
        }
    }

    fn list(&mut self, level: usize, texts: &[Text]) {
        for text in texts {
            self.push(level, &format!("- {}", scalar(text)));
        }
    }
}

/// Between single quotes, in which only these are special; `!Sub` fills the holes.
fn scalar(text: &Text) -> String {
    let pseudo_parameter = |hole| match hole {
        Hole::Partition => Some("${AWS::Partition}"),
        Hole::Region => Some("${AWS::Region}"),
        Hole::Account => Some("${AWS::AccountId}"),
        Hole::KeyId | Hole::Function => None,
    };
    let quoted = |literal: &str| literal.replace('\'', "''");
    if text.holes().any(|hole| pseudo_parameter(hole).is_some()) {
        let substituted = |literal: &str| quoted(&literal.replace("${", "${!"));
        return format!("!Sub '{}'", written(text, substituted, pseudo_parameter));
    }
    format!("'{}'", written(text, quoted, pseudo_parameter))
}
