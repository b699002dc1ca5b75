//! The text of a template in dotenv and in YAML.

use std::collections::BTreeMap;

use crate::format::ValueFormat;
use crate::output;

/// The syntax of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Dotenv,
    Yaml,
}

/// The entry of a field.
pub(super) struct TemplateEntry<'a> {
    pub(super) path: &'a str,
    pub(super) variable: &'a str,
    pub(super) comments: Vec<String>,
    /// Whether `import` can write the field. Otherwise the template has only the comments.
    pub(super) is_importable: bool,
}

impl Layout {
    /// Returns the format in which `import` reads the template.
    pub(super) fn format(self) -> ValueFormat {
        match self {
            Self::Dotenv => ValueFormat::Dotenv,
            Self::Yaml => ValueFormat::Yaml,
        }
    }

    /// Returns the text. `struct_docs` is the documentation of nested structs, by path.
    pub(super) fn render(
        self,
        header: &[String],
        entries: &[TemplateEntry<'_>],
        struct_docs: &BTreeMap<String, &'static str>,
    ) -> String {
        let mut text = String::new();
        push_comments(&mut text, "", header);
        let mut open: Vec<&str> = Vec::new();
        for entry in entries {
            text.push('\n');
            match self {
                Self::Dotenv => {
                    push_comments(&mut text, "", &entry.comments);
                    if entry.is_importable {
                        text.push_str(&format!("{}=\n", entry.variable));
                    }
                }
                Self::Yaml => push_yaml(&mut text, entry, &mut open, struct_docs),
            }
        }
        text
    }
}

/// Writes an entry inside the mappings of its nested structs. `open` are the names of the structs
/// whose mappings contain the last entry: their keys are not written again.
fn push_yaml<'a>(
    text: &mut String,
    entry: &TemplateEntry<'a>,
    open: &mut Vec<&'a str>,
    struct_docs: &BTreeMap<String, &'static str>,
) {
    let mut structs: Vec<&str> = entry.path.split('.').collect();
    let name = structs.pop().unwrap_or_default();
    if entry.is_importable {
        let common = structs
            .iter()
            .zip(&*open)
            .take_while(|(a, b)| a == b)
            .count();
        for (depth, part) in structs.iter().enumerate().skip(common) {
            let path = structs[..=depth].join(".");
            let docs = struct_docs.get(&path).copied().unwrap_or_default();
            let docs: Vec<String> = docs.trim().lines().map(str::to_owned).collect();
            let indent = "  ".repeat(depth);
            push_comments(text, &indent, &docs);
            text.push_str(&format!("{indent}{part}:\n"));
        }
        open.clone_from(&structs);
    }
    let indent = "  ".repeat(structs.len());
    push_comments(text, &indent, &entry.comments);
    if entry.is_importable {
        text.push_str(&format!("{indent}{name}: \"\"\n"));
    }
}

/// Writes one comment for each line. The artifact is untrusted, so no character of a line may end
/// the comment.
fn push_comments(text: &mut String, indent: &str, lines: &[String]) {
    for line in lines {
        let line = output::remove_marks(line).replace(
            |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'),
            " ",
        );
        // GitHub Actions runs `##[` as a command, anywhere in a line.
        let line = line.replace("##[", "# #[");
        text.push_str(format!("{indent}# {line}").trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_the_documentation_ends_a_comment() {
        let entry = TemplateEntry {
            path: "a.b.c",
            variable: "A_B_C",
            comments: vec!["x\ry\u{2028}z\u{85}A=1 ##[error]".to_owned()],
            is_importable: true,
        };
        let docs = BTreeMap::from([("a".to_owned(), "one\n\ntwo")]);
        let header = ["head".to_owned()];
        let render = |layout: Layout| layout.render(&header, std::slice::from_ref(&entry), &docs);
        assert_eq!(
            render(Layout::Dotenv),
            "# head\n\n# x y z A=1 # #[error]\nA_B_C=\n"
        );
        assert_eq!(
            render(Layout::Yaml),
            "# head\n\n# one\n#\n# two\na:\n  b:\n    # x y z A=1 # #[error]\n    c: \"\"\n"
        );
    }
}
