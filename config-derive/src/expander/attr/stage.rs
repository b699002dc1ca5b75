//! Parses `#[stage(KEY = SOURCE, …)]`.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, LitStr, Token, token};

use super::assignment_key::{AssignmentKeyInput, AssignmentKeyModel};
use super::options::is_option;
use super::source_text::SourceText;
use super::{StageAttributes, read_entries};
use crate::expander::diagnostics::Diagnostics;

const EXAMPLE: &str = "#[stage(dev = \"/payments/dev/{field}\")]";
const QUOTED: &str = "a source as a string, as in `\"/payments/dev/table\"`";

/// `KEY` or `KEY = SOURCES`.
pub(in crate::expander) struct AssignmentInput {
    pub(in crate::expander) key: AssignmentKeyInput,
    pub(in crate::expander) sources: SourcesInput,
}

/// The right side of an assignment.
pub(in crate::expander) enum SourcesInput {
    /// A key alone: on a field it means the struct's template; on a nested field it means the
    /// template that would apply without the field's own templates; on the struct it only declares
    /// the stage.
    Template,
    /// One or more literals.
    Chain(Vec<SourceText>),
}

pub(super) fn read_stages(attrs: &[Attribute], report: &mut Diagnostics) -> StageAttributes {
    let mut assignments: Vec<AssignmentInput> = Vec::new();
    let all_read = read_entries(attrs, "stage", EXAMPLE, report, |input, report| {
        refuse_source_without_stage(input)?;
        let key: AssignmentKeyInput = input.parse()?;
        if let Some(first) = assignments.iter().find(|other| other.key.name == key.name) {
            report.error(&first.key, format!("`{}` is given here first", key.name));
            return Err(Error::new_spanned(
                &key,
                format!(
                    "`{}` is given twice: keep one, or make it a chain, as in `{0} = [\"…\", \
                     \"…\"]`",
                    key.name
                ),
            ));
        }
        let sources = parse_sources(input).map_err(|error| match &key.name {
            AssignmentKeyModel::Stage(name) if is_option(name) => Error::new_spanned(
                &key,
                format!("`{name}` is an option, not a stage: write `#[config({name} …)]`"),
            ),
            _ => error,
        })?;
        assignments.push(AssignmentInput { key, sources });
        Ok(())
    });

    StageAttributes {
        assignments,
        is_broken: !all_read,
    }
}

/// Refuses `#[stage("/x")]`, `#[stage(["/x", "/y"])]` and `#[stage("/x" = "dev")]`. A text without
/// a slash or a colon may be the name of a stage.
fn refuse_source_without_stage(input: ParseStream<'_>) -> syn::Result<()> {
    let ahead = input.fork();
    let written = if ahead.peek(token::Bracket) {
        ahead.parse::<proc_macro2::Group>()?.to_string()
    } else if let Ok(literal) = ahead.parse::<LitStr>()
        && is_source(&literal)
    {
        literal.to_token_stream().to_string()
    } else {
        return Ok(());
    };
    if ahead.peek(Token![=]) {
        ahead.parse::<Token![=]>()?;
        if !ahead
            .parse::<LitStr>()
            .is_ok_and(|right| !is_source(&right))
        {
            return Ok(());
        }
        return Err(input.error(format!(
            "the stage must be on the left and its source on the right, as in `dev = {written}`"
        )));
    }
    Err(input.error(format!(
        "{written} is a source without its stage: write `all = {written}` if every stage reads it, \
         or name each stage, as in `dev = {written}`"
    )))
}

/// Returns whether a text is a source rather than the name of a stage.
fn is_source(literal: &LitStr) -> bool {
    literal.value().contains(['/', ':'])
}

fn parse_sources(input: ParseStream<'_>) -> syn::Result<SourcesInput> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(SourcesInput::Template);
    }

    if !input.peek(Token![=]) {
        return Err(input.error(format!(
            "expected `=` and a source, or `,`; write it as in `{EXAMPLE}`"
        )));
    }

    input.parse::<Token![=]>()?;
    if input.peek(LitStr) {
        return Ok(SourcesInput::Chain(vec![input.parse::<LitStr>()?.into()]));
    }

    if !input.peek(token::Bracket) {
        return Err(input.error(format!("expected {QUOTED}, or an array of such strings")));
    }

    let content;
    let bracket = syn::bracketed!(content in input);
    if content.is_empty() {
        return Err(Error::new(
            bracket.span.join(),
            "an empty chain names no source; to use the struct's template, write the key alone",
        ));
    }

    match Punctuated::<LitStr, Token![,]>::parse_terminated(&content) {
        Ok(literals) => Ok(SourcesInput::Chain(
            literals.into_iter().map(SourceText::from).collect(),
        )),
        Err(error) => {
            // Consume the rest of the array, so that it does not cause a second error.
            content.parse::<TokenStream>()?;
            Err(Error::new(error.span(), format!("expected {QUOTED}")))
        }
    }
}
