//! Annotations of a GitHub Actions job, as workflow commands: `::error title=…::message`.

use super::sanitize::one_line;
use crate::lines::Lines;

/// The level of an annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnnotationLevel {
    Error,
    Warning,
}

/// A message that GitHub shows at the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) level: AnnotationLevel,
    pub(crate) title: String,
    pub(crate) message: Lines,
}

/// Formats an annotation as one line.
pub(super) fn format_annotation(annotation: &Annotation) -> String {
    let command = match annotation.level {
        AnnotationLevel::Error => "error",
        AnnotationLevel::Warning => "warning",
    };
    let title = escape_property(&one_line(&annotation.title));
    let lines: Vec<String> = annotation.message.iter().map(one_line).collect();
    format!(
        "::{command} title={title}::{}",
        escape_data(&lines.join("\n"))
    )
}

/// Escapes a message, as `escapeData` of packages/core/src/command.ts in actions/toolkit.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property, as `escapeProperty` of command.ts in actions/toolkit.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_command_with_the_documented_escapes() {
        let annotation = Annotation {
            level: AnnotationLevel::Error,
            title: "prod: a,b 100%\n::warning::x".to_owned(),
            message: Lines::from(vec![
                "50% of a:b, c\r\n::error::forged ##[error]x".to_owned(),
                "help: \u{202e}second line".to_owned(),
            ]),
        };
        assert_eq!(
            format_annotation(&annotation),
            "::error title=prod%3A a%2Cb 100%25\u{fffd}%3A%3Awarning%3A%3Ax::50%25 of a:b, \
             c\u{fffd}\u{fffd}::error::forged #\u{fffd}[error]x%0Ahelp: \u{fffd}second line"
        );
    }

    /// GitHub must show the text `%0A`, not a line end.
    #[test]
    fn an_escape_in_the_text_is_escaped_again() {
        assert_eq!(escape_data("%0A"), "%250A");
        assert_eq!(escape_property("%3A:"), "%253A%3A");
    }
}
