//! Merges the sources of several stages into one source, if they differ only by the stage's name.
//! The merged text, with a mark in place of the stage's name, is called the template here.

use std::collections::HashSet;

use stage_config_grammar::source::{Address, Source};

use super::needs::{SourceNeed, StageKeyPair};

/// The character that replaces the stage's name until the policy is built. No name in AWS contains
/// it.
pub(super) const STAGE_MARK: char = '\u{f8ff}';

/// The text of one stage. The texts of all stages must be equal except for the stage's name.
#[derive(Debug, Clone, Copy)]
pub(super) struct StageText<'a> {
    pub(super) stage: &'a str,
    pub(super) text: &'a str,
}

/// The maximum length of a text in which the search looks for the stage's name. If a text is
/// longer, all texts must be equal. The longest name in AWS has 2,048 characters.
const MAX_LENGTH: usize = 2_048;

/// The search ends without a result after this number of failed attempts to match the remaining
/// texts. Only texts that repeat the names of stages reach this number.
const MAX_FAILED: usize = 50_000;

/// Returns the common text, with [`STAGE_MARK`] in place of each stage's name, or `None` if the
/// texts differ in another way.
pub(super) fn find_template(texts: &[StageText<'_>]) -> Option<String> {
    let first = texts.first()?.text;
    if texts.iter().any(|one| one.text.len() > MAX_LENGTH) {
        let is_same = texts.iter().all(|one| one.text == first);
        return is_same.then(|| first.to_owned());
    }
    let mut matcher = TemplateMatcher {
        texts,
        template: String::new(),
        failed: HashSet::new(),
    };
    let remaining: Vec<&str> = texts.iter().map(|one| one.text).collect();
    matcher.match_rest(&remaining).then_some(matcher.template)
}

struct TemplateMatcher<'a> {
    texts: &'a [StageText<'a>],
    /// The template of the parts that are matched so far.
    template: String,
    /// The lengths of remaining texts that do not match. Remaining texts with these lengths are not
    /// tried again.
    failed: HashSet<Vec<usize>>,
}

impl TemplateMatcher<'_> {
    /// Matches the remaining texts. The stage's name is tried before an equal character: in
    /// `/dev/x` and `/dev2/x`, the equal characters `dev` are parts of the names `dev` and `dev2`.
    fn match_rest(&mut self, remaining: &[&str]) -> bool {
        if remaining.iter().all(|text| text.is_empty()) {
            return true;
        }
        let lengths: Vec<usize> = remaining.iter().map(|text| text.len()).collect();
        if self.failed.contains(&lengths) || self.failed.len() >= MAX_FAILED {
            return false;
        }
        let names = self.texts.iter().map(|one| one.stage);
        let after_names = names
            .zip(remaining)
            .map(|(name, text)| text.strip_prefix(name));
        let after_names: Option<Vec<&str>> = after_names.collect();
        let next = remaining.first().and_then(|text| text.chars().next());
        let after_character = next.and_then(|next| {
            let rests = remaining.iter().map(|text| text.strip_prefix(next));
            rests.collect::<Option<Vec<&str>>>()
        });
        if self.match_part(STAGE_MARK, after_names)
            || next.is_some_and(|next| self.match_part(next, after_character))
        {
            return true;
        }
        self.failed.insert(lengths);
        false
    }

    /// Matches one part of the template, and the rest after it.
    fn match_part(&mut self, part: char, rest: Option<Vec<&str>>) -> bool {
        let Some(rest) = rest else { return false };
        let length = self.template.len();
        self.template.push(part);
        let is_match = self.match_rest(&rest);
        if !is_match {
            self.template.truncate(length);
        }
        is_match
    }
}

/// Returns the common source of one field in several stages, or `None` if the sources differ in
/// more than the stage's name.
pub(super) fn merge_sources(needs: &[(&str, &SourceNeed)]) -> Option<SourceNeed> {
    let mut merged: Vec<SourceNeed> = needs.iter().map(|(_, need)| (*need).clone()).collect();
    let is_secret = merged.iter().any(|need| need.encrypted);
    merged
        .iter_mut()
        .for_each(|need| need.encrypted = is_secret);
    // No permission depends on a variable's name or on a text in the code.
    let is_local =
        |need: &SourceNeed| matches!(need.source.address, Address::Env { .. } | Address::Value(_));
    if merged.iter().all(is_local) {
        return merged.into_iter().next();
    }

    let parts = [find_name, find_key, find_second_part, find_profile];
    for part in parts {
        mark_stage(needs, &mut merged, part)?;
    }
    let pairs: Vec<(&str, StageKeyPair)> = needs
        .iter()
        .filter_map(|(stage, need)| Some((*stage, need.pair.clone()?)))
        .collect();
    if pairs.len() == needs.len() {
        let pair = merge_pairs(&pairs)?;
        merged
            .iter_mut()
            .for_each(|need| need.pair = Some(pair.clone()));
    }
    let first = merged.first()?.clone();
    merged.iter().all(|need| *need == first).then_some(first)
}

/// Replaces one part of each source with the template of this part. Returns `None` if the part has
/// no template.
fn mark_stage(
    needs: &[(&str, &SourceNeed)],
    merged: &mut [SourceNeed],
    part: fn(&mut SourceNeed) -> Option<&mut String>,
) -> Option<()> {
    let texts: Vec<Option<String>> = merged
        .iter_mut()
        .map(|need| part(need).map(|text| text.clone()))
        .collect();
    if texts.iter().all(Option::is_none) {
        return Some(());
    }
    let texts: Vec<StageText<'_>> = needs
        .iter()
        .zip(&texts)
        .map(|((stage, _), text)| text.as_deref().map(|text| StageText { stage, text }))
        .collect::<Option<_>>()?;
    let template = find_template(&texts)?;
    for need in merged {
        *part(need)? = template.clone();
    }
    Some(())
}

fn find_name(need: &mut SourceNeed) -> Option<&mut String> {
    match &mut need.source.address {
        Address::Parameter { name: text, .. }
        | Address::ParameterPath { path: text, .. }
        | Address::Secret { id: text, .. }
        | Address::KmsEnv { variable: text, .. }
        | Address::Env { variable: text, .. }
        | Address::Custom { address: text, .. }
        | Address::AppConfig {
            application: text, ..
        }
        | Address::Sealed { name: text, .. } => Some(text),
        Address::Value(_) => None,
    }
}

fn find_key(need: &mut SourceNeed) -> Option<&mut String> {
    match &mut need.source {
        Source {
            address: Address::KmsEnv { key, .. },
            ..
        } => key.as_mut(),
        source => source.key.as_mut(),
    }
}

/// Returns the stage of a sealed file, or the environment of a configuration of AppConfig.
fn find_second_part(need: &mut SourceNeed) -> Option<&mut String> {
    match &mut need.source.address {
        Address::Sealed { stage, .. } => stage.as_mut(),
        Address::AppConfig { environment, .. } => Some(environment),
        _ => None,
    }
}

/// Returns the profile of a configuration of AppConfig.
fn find_profile(need: &mut SourceNeed) -> Option<&mut String> {
    match &mut need.source.address {
        Address::AppConfig { profile, .. } => Some(profile),
        _ => None,
    }
}

/// Returns the common key pair of several stages.
pub(super) fn merge_pairs(pairs: &[(&str, StageKeyPair)]) -> Option<StageKeyPair> {
    let template = |part: fn(&StageKeyPair) -> &str| {
        let texts: Vec<StageText<'_>> = pairs
            .iter()
            .map(|(stage, pair)| StageText {
                stage,
                text: part(pair),
            })
            .collect();
        find_template(&texts)
    };
    let first = &pairs.first()?.1;
    let is_same = |(_, pair): &(&str, StageKeyPair)| {
        pair.app == first.app && pair.kms_key.is_some() == first.kms_key.is_some()
    };
    let stage = template(|pair| &pair.stage)?;
    let kms_key = template(|pair| pair.kms_key.as_deref().unwrap_or_default())?;
    pairs.iter().all(is_same).then(|| StageKeyPair {
        app: first.app.clone(),
        stage,
        kms_key: Some(kms_key).filter(|_| first.kms_key.is_some()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An artifact is untrusted, so its names may be chosen to make the search slow.
    #[test]
    fn the_search_ends_soon_if_texts_repeat_the_names_of_stages() {
        let (one, other) = (
            "a".repeat(MAX_LENGTH - 1) + "b",
            "a".repeat(MAX_LENGTH - 1) + "c",
        );
        let texts = [("a", &*one), ("aa", &*other)];
        let texts = texts.map(|(stage, text)| StageText { stage, text });
        assert_eq!(find_template(&texts), None);
        let long = "dev".repeat(MAX_LENGTH);
        let texts = ["dev", "prod"].map(|stage| StageText { stage, text: &long });
        assert_eq!(find_template(&texts).as_deref(), Some(long.as_str()));
    }

    fn sealed_need(stage: &str, kms_key: &str) -> SourceNeed {
        SourceNeed {
            pair: Some(StageKeyPair {
                app: "payments".to_owned(),
                stage: stage.to_owned(),
                kms_key: Some(kms_key.to_owned()),
            }),
            ..SourceNeed::new_first("token", "sealed:token")
        }
    }

    #[test]
    fn sealed_files_fit_if_their_keys_differ_only_by_the_stage() {
        let merge = |dev_key: &str, prod_key: &str| {
            let (dev, prod) = (sealed_need("dev", dev_key), sealed_need("prod", prod_key));
            merge_sources(&[("dev", &dev), ("prod", &prod)])
        };
        let merged = merge("alias/dev", "alias/prod").and_then(|need| need.pair);
        let mark = STAGE_MARK.to_string();
        let expected = StageKeyPair {
            app: "payments".to_owned(),
            stage: mark.clone(),
            kms_key: Some(format!("alias/{mark}")),
        };
        assert_eq!(merged, Some(expected));
        assert_eq!(merge("key/1", "key/2"), None);
    }

    #[test]
    fn texts_may_differ_only_by_the_name_of_the_stage() {
        let find = |texts: &[(&str, &str)]| {
            let texts: Vec<StageText<'_>> = texts
                .iter()
                .map(|(stage, text)| StageText { stage, text })
                .collect();
            find_template(&texts).map(|template| template.replace(STAGE_MARK, "{}"))
        };
        for (dev, other, expected) in [
            ("/a/dev/x", ("prod", "/a/prod/x"), Some("/a/{}/x")),
            ("/dev/dev", ("prod", "/prod/prod"), Some("/{}/{}")),
            ("/dev/device", ("prod", "/prod/device"), Some("/{}/device")),
            ("/a/x", ("prod", "/a/x"), Some("/a/x")),
            ("/device", ("prod", "/device"), Some("/device")),
            ("/dev/x", ("dev2", "/dev2/x"), Some("/{}/x")),
            ("/dev2x", ("dev2", "/dev2x"), Some("/dev2x")),
            ("/dev/x", ("prod", "/live/x"), None),
            ("/dev/x", ("prod", "/prod/y"), None),
            ("/dev", ("prod", "/dev"), Some("/dev")),
            ("/dev", ("prod", "/prod/x"), None),
        ] {
            let found = find(&[("dev", dev), other]);
            assert_eq!(found.as_deref(), expected, "{dev} {other:?}");
        }
        let three = [("a", "a-x"), ("b", "b-x"), ("c", "c-x")];
        assert_eq!(find(&three).as_deref(), Some("{}-x"));
    }
}
