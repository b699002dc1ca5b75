//! Tests of the formats for other tools. One test reads the files as the tools read them, with
//! readers that follow the source code of three of the tools: `FileCommandManager` of GitHub's
//! runner, `env-file-reader` of cargo-lambda, and the scanner of HCL.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{ExportEntry, ExportFormat};

type Variables = BTreeMap<String, String>;

/// Reads the file of `$GITHUB_ENV`.
fn read_github(text: &str) -> Option<Variables> {
    let mut variables = Variables::new();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        let (name, delimiter) = line.split_once("<<")?;
        let (mut end, mut lines) = (0, after);
        rest = loop {
            let (line, next) = lines.split_once('\n')?;
            if line == delimiter {
                break next;
            }
            end += line.len() + 1;
            lines = next;
        };
        let value = &after[..end.saturating_sub(1)];
        variables.insert(name.to_owned(), value.to_owned());
    }
    rest.is_empty().then_some(variables)
}

/// Reads the env file of cargo-lambda.
fn read_cargo_lambda(text: &str) -> Option<Variables> {
    let mut variables = Variables::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=')?;
        let quote = value.chars().next()?;
        let (value, after) = if matches!(quote, '\'' | '`' | '"') {
            let end = find_quote(value, quote)?;
            let content = value[1..end].replace(&format!("\\{quote}"), &quote.to_string());
            (content.replace("\\n", "\n"), &value[end + 1..])
        } else {
            let is_end = |c: char| c.is_whitespace() || "='`\"#".contains(c);
            let end = value.find(is_end).filter(|end| *end > 0)?;
            (value[..end].to_owned(), &value[end..])
        };
        rest = after.strip_prefix('\n')?;
        variables.insert(name.to_owned(), value);
    }
    Some(variables)
}

/// Returns the position of the quote that ends a value. A `"` after a backslash does not end it.
fn find_quote(value: &str, quote: char) -> Option<usize> {
    let is_end = |(index, _): &(usize, &str)| {
        *index > 0 && !(quote == '"' && value[..*index].ends_with('\\'))
    };
    let mut quotes = value.match_indices(quote);
    quotes.find(is_end).map(|(index, _)| index)
}

/// Reads quoted strings of HCL, and refuses a template.
fn read_tfvars(text: &str) -> Option<Variables> {
    let mut variables = Variables::new();
    for line in text.lines() {
        let (name, value) = line.split_once(" = ")?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        variables.insert(name.trim_end().to_owned(), unescape_hcl(value)?);
    }
    Some(variables)
}

fn unescape_hcl(value: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let escapes = [("$${", "${"), ("%%{", "%{")];
        let escape = escapes
            .iter()
            .find_map(|(escape, plain)| Some((rest.strip_prefix(escape)?, plain)));
        if let Some((after, plain)) = escape {
            text.push_str(plain);
            rest = after;
            continue;
        }
        if ["${", "%{", "\""].iter().any(|end| rest.starts_with(end)) {
            return None;
        }
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            text.push(c);
            continue;
        }
        let kind = rest.chars().next()?;
        rest = &rest[kind.len_utf8()..];
        text.push(match kind {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '"' | '\\' => kind,
            'u' => {
                let code = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
                rest = &rest[4..];
                char::from_u32(code)?
            }
            _ => return None,
        });
    }
    Some(text)
}

/// Texts that one of the tools may misread.
const ODD: [&str; 24] = [
    "",
    "export",
    "a\\nb",
    "a \\n b",
    "it's",
    "it's a `b`",
    "it's a `b` \"c\"",
    "it's a `b` \\",
    "'`\"\\",
    "\\\"",
    "${var.x}",
    "$${x}",
    "$$${x}%%%{y}",
    "%{ if true }",
    "two\nlines\n",
    "\n",
    "\r\n",
    "::add-mask::x",
    "A<<B\nC",
    "100%\n50%25",
    "# no",
    "größe 😀\u{feff}\u{2028}\u{85}",
    "\u{1}\t\u{7f}",
    "\\",
];

proptest! {
    /// Each tool reads exactly the text, or the export is refused.
    #[test]
    fn tools_read_every_text_back(
        texts in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(&ODD[..]).prop_map(str::to_owned),
                any::<String>(),
                "[ -~\r\n\t]{0,16}",
                "['`\"\\\\n${%]{0,8}",
            ],
            3,
        ),
    ) {
        let variables = ["A", "B_C", "B_LONGER"];
        let entries: Vec<ExportEntry<'_>> = variables
            .iter()
            .zip(&texts)
            .map(|(variable, text)| ExportEntry { path: variable, variable, text, is_secret: true })
            .collect();
        let expected: Variables = entries
            .iter()
            .map(|entry| (entry.variable.to_owned(), entry.text.to_owned()))
            .collect();
        let has_nul = texts.iter().any(|text| text.contains('\0'));
        type Reader = fn(&str) -> Option<Variables>;
        for (format, read) in [
            (ExportFormat::Sam, (|text| {
                let mut file: BTreeMap<String, Variables> = serde_json::from_str(text).ok()?;
                file.remove("Parameters")
            }) as Reader),
            (ExportFormat::CargoLambda, read_cargo_lambda),
            (ExportFormat::Github, read_github),
            (ExportFormat::Tfvars, read_tfvars),
        ] {
            match format.write(&entries) {
                Ok(written) => {
                    let read = read(&written.text);
                    prop_assert_eq!(read.as_ref(), Some(&expected), "{:?}", format);
                }
                Err(problem) => {
                    prop_assert!(has_nul || format == ExportFormat::CargoLambda, "{:?}", format);
                    let message = problem.to_string();
                    prop_assert!(message.contains('`') && message.contains("help: "), "{}", message);
                }
            }
        }
    }
}

fn entry<'a>(text: &'a str, is_secret: bool) -> ExportEntry<'a> {
    ExportEntry {
        path: "a.b",
        variable: "A_B",
        text,
        is_secret,
    }
}

#[test]
fn every_line_of_a_secret_except_blank_ones_is_masked() {
    let entries = [entry("x%y\r\n \nz", true), entry("plain", false)];
    let written = ExportFormat::Github.write(&entries).unwrap();
    assert_eq!(&*written.masks, "::add-mask::x%25y\n::add-mask::z\n");
}

#[test]
fn the_delimiter_of_a_github_file_is_random() {
    let write = || {
        let written = ExportFormat::Github.write(&[entry("x", true)]).unwrap();
        written.text.lines().next().map(str::to_owned)
    };
    let (first, second) = (write(), write());
    assert_ne!(first, second);
    let delimiter = first.unwrap().split_once("<<").unwrap().1.to_owned();
    assert!(delimiter.len() > 32, "{delimiter}");
}

#[test]
fn the_refusal_of_a_value_that_cargo_lambda_cannot_read_names_the_field() {
    for text in ["a \\n b", "it's a `b` \\"] {
        let error = ExportFormat::CargoLambda.write(&[entry(text, true)]);
        let error = error.map(|_| ()).unwrap_err().to_string();
        assert!(
            error.contains("`a.b`") && error.contains("cargo stage exec"),
            "{error}"
        );
        assert!(!error.contains(text), "{error}");
    }
}

#[test]
fn the_quotes_of_a_cargo_lambda_value_depend_on_its_characters() {
    for (text, expected) in [
        ("plain", "'plain'"),
        ("", "''"),
        ("it's", "`it's`"),
        ("it's a `b`", "\"it's a `b`\""),
        ("it's a `b` \"c\"", "\"it's a `b` \\\"c\\\"\""),
        ("back\\nslash", "back\\nslash"),
    ] {
        let written = ExportFormat::CargoLambda
            .write(&[entry(text, true)])
            .unwrap();
        assert_eq!(*written.text, format!("A_B={expected}\n"));
    }
}

#[test]
fn terraform_evaluates_no_part_of_a_value() {
    let written = ExportFormat::Tfvars.write(&[entry("${a} %{b} $${c} \"\\\u{1}", true)]);
    assert_eq!(
        &*written.unwrap().text,
        "A_B = \"$${a} %%{b} $$${c} \\\"\\\\\\u0001\"\n"
    );
}
