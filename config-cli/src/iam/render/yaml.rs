//! YAML for CloudFormation, as AWS SAM and the Serverless Framework accept it.

use super::super::policy::{PolicyDocument, Statement};
use super::super::policy_text::{Hole, PolicyText};
use super::render_text;

/// Renders the `Policies` of a function.
pub(super) fn render_sam(document: &PolicyDocument) -> String {
    let mut lines = YamlLines::new("${Stage}");
    lines.push(0, "Policies:");
    lines.push(1, "- Version: '2012-10-17'");
    lines.push(2, "Statement:");
    lines.push_statements(3, document);
    lines.text
}

/// Renders the statements of the role that all functions share.
pub(super) fn render_serverless(document: &PolicyDocument) -> String {
    let mut lines = YamlLines::new("${sls:stage}");
    for (level, key) in ["provider:", "iam:", "role:", "statements:"]
        .into_iter()
        .enumerate()
    {
        lines.push(level, key);
    }
    lines.push_statements(4, document);
    lines.text
}

struct YamlLines {
    text: String,
    /// The expression for the stage.
    stage: &'static str,
}

impl YamlLines {
    fn new(stage: &'static str) -> Self {
        Self {
            text: String::new(),
            stage,
        }
    }

    fn push(&mut self, level: usize, line: &str) {
        self.text.push_str(&"  ".repeat(level));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn push_statements(&mut self, level: usize, document: &PolicyDocument) {
        for statement in &document.statements {
            self.push_statement(level, statement);
        }
    }

    fn push_statement(&mut self, level: usize, statement: &Statement) {
        self.push(level, &format!("- Sid: {}", statement.sid));
        self.push(level + 1, "Effect: Allow");
        self.push(level + 1, "Action:");
        for action in &statement.actions {
            self.push(
                level + 2,
                &format!("- {}", self.quote_scalar(&PolicyText::from(*action))),
            );
        }
        self.push(level + 1, "Resource:");
        self.push_list(level + 2, &statement.resources);
        if !statement.conditions.is_empty() {
            self.push(level + 1, "Condition:");
        }
        for (operator, keys) in &statement.conditions {
            self.push(level + 2, &format!("'{operator}':"));
            for (key, values) in keys {
                if let [one] = values.0.as_slice() {
                    self.push(level + 3, &format!("'{key}': {}", self.quote_scalar(one)));
                    continue;
                }
                self.push(level + 3, &format!("'{key}':"));
                self.push_list(level + 4, &values.0);
            }
        }
    }

    fn push_list(&mut self, level: usize, texts: &[PolicyText]) {
        for text in texts {
            self.push(level, &format!("- {}", self.quote_scalar(text)));
        }
    }

    /// Quotes a text with single quotes. A text with holes that CloudFormation or the Serverless
    /// Framework fills also gets `!Sub`.
    fn quote_scalar(&self, text: &PolicyText) -> String {
        let fill = |hole| match hole {
            Hole::Partition => Some("${AWS::Partition}"),
            Hole::Region => Some("${AWS::Region}"),
            Hole::Account => Some("${AWS::AccountId}"),
            Hole::Stage => Some(self.stage),
            Hole::KeyId | Hole::Function => None,
        };
        let escape_quotes = |literal: &str| literal.replace('\'', "''");
        if text.holes().any(|hole| fill(hole).is_some()) {
            let escape_all = |literal: &str| escape_quotes(&literal.replace("${", "${!"));
            return format!("!Sub '{}'", render_text(text, escape_all, fill));
        }
        format!("'{}'", render_text(text, escape_quotes, fill))
    }
}
