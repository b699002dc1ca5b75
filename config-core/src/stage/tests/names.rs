//! Tests of the names that count as production: a table that compares the current rule with the
//! earlier one, examples with `preview`, and properties of the current rule.

use super::*;

const WIDE: Schema = Schema {
    preview: Some(&["*"]),
    ..CONFIG
};

/// Returns the result of [`Stage::choose`], in the words of the table.
fn describe_result(schema: &Schema, name: &str) -> &'static str {
    match Stage::choose(schema, name) {
        Ok(stage) if stage.is_fallback() => "runs",
        Ok(_) => "declared",
        Err(_) => "refused",
    }
}

/// Returns whether a name counted as production in the earlier rule.
fn was_production(name: &str) -> bool {
    const WORDS: [&str; 5] = ["prod", "production", "prd", "live", "preprod"];
    name.split(['-', '_', '.'])
        .any(|segment| WORDS.iter().any(|word| segment.eq_ignore_ascii_case(word)))
}

/// Returns the result of the earlier rule, with or without `preview("*")`.
fn describe_earlier_result(schema: &Schema, name: &str) -> &'static str {
    match name {
        _ if schema.stages.contains(&name) => "declared",
        _ if was_production(name) => "refused",
        _ if schema.preview.is_none() && find_typo(schema, name, |_| true).is_some() => "refused",
        _ => "runs",
    }
}

/// Returns whether a name contains `nonprod`, `noprod` or `notprod`, with or without separators.
fn has_negation(name: &str) -> bool {
    let plain = name.to_ascii_lowercase().replace(['-', '_', '.'], "");
    ["nonprod", "noprod", "notprod"]
        .iter()
        .any(|word| plain.contains(word))
}

#[test]
fn each_name_of_the_table_has_its_result() {
    let lines = include_str!("names.tsv")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    assert!(rows.len() >= 150, "{} names", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let [name, earlier, current, earlier_wide, current_wide] = row[..] else {
            panic!("{row:?} does not have five columns")
        };
        assert_eq!(
            (earlier, earlier_wide),
            (
                describe_earlier_result(&CONFIG, name),
                describe_earlier_result(&WIDE, name)
            ),
            "{name}"
        );
        if (describe_result(&CONFIG, name), describe_result(&WIDE, name)) != (current, current_wide)
        {
            wrong.push(format!(
                "{name}: {} and {}",
                describe_result(&CONFIG, name),
                describe_result(&WIDE, name)
            ));
        }
        let is_newly_accepted = earlier == "refused" && current == "runs"
            || earlier_wide == "refused" && current_wide == "runs";
        assert!(
            !is_newly_accepted || has_negation(name),
            "{name} was refused, and runs now"
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_a_preview_without_a_star_permits_a_name_for_production() {
    const FULL: Schema = Schema {
        preview: Some(&["*", "prod01", "euLive", "porduction"]),
        ..CONFIG
    };
    for name in ["prod01", "euLive", "porduction"] {
        assert_stage(&FULL, name, &Fallback);
        assert_eq!(describe_result(&WIDE, name), "refused", "{name}");
    }
    for name in ["PROD01", "prod02", "prod01-eu", "eulive-live", "Porduction"] {
        assert_eq!(describe_result(&FULL, name), "refused", "{name}");
    }
    // A preview with a `*` is a pattern, even if the `*` matches no character.
    assert_eq!(
        describe_result(
            &Schema {
                preview: Some(&["prod01*", "*prod01"]),
                ..CONFIG
            },
            "prod01"
        ),
        "refused"
    );
}

#[test]
fn a_preview_with_a_star_permits_typos_of_other_stages_but_not_of_production() {
    const TESTS: Schema = Schema {
        preview: Some(&["test*", "live*", "p*"]),
        stages: &["dev", "test", "live"],
        ..CONFIG
    };
    for name in ["test1", "tests", "testing", "pr-1"] {
        assert_stage(&TESTS, name, &Fallback);
    }
    assert_stage(&TESTS, "liver", &Refused("did you mean `live`?"));
    assert_stage(
        &TESTS,
        "porduction",
        &Refused("looks like a typo of production"),
    );
    assert_stage(&TESTS, "porduction", &Refused("did you mean `live`?"));
    assert_stage(
        &TESTS,
        "prodution",
        &Refused("`prod` in it counts as production"),
    );
}

#[test]
fn production_has_no_fallback_if_a_variable_names_it() {
    for name in ["prod01", "euProd", "porduction"] {
        let stage_env = StageEnv {
            value: Some(name.to_owned()),
            ..StageEnv::default()
        };
        assert_eq!(
            resolve_stage(&WIDE, &stage_env).unwrap_err().kind(),
            ErrorKind::Stage
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The current rule refuses every undeclared name that counted as production in the earlier
    /// rule, except for `nonprod` and similar names, and for names that are exactly a preview.
    #[test]
    fn names_of_the_earlier_rule_are_still_refused(
        parts in prop::collection::vec(
            prop::sample::select(&[
                "prod", "production", "prd", "live", "preprod", "prelive", "non", "not", "no", "product", "produce", "uce", "igy",
                "casi", "eu", "dev", "a", "N", "1", "-", "_", ".", "PROD", "Live", "Prd",
            ][..]),
            1..6,
        ),
    ) {
        let name = parts.concat();
        for schema in [CONFIG, WIDE, MANY, NO_PROD, PREVIEW] {
            let is_refused = Stage::choose(&schema, &name).is_err();
            let declared = schema.stages.contains(&name.as_str()) || schema.preview.is_some_and(|patterns| patterns.contains(&name.as_str()));
            if was_production(&name) && !declared && !has_negation(&name) {
                prop_assert!(is_refused, "{}", name);
            }
        }
    }

    /// `prod` and `prd` are found at any position, in uppercase or lowercase. No generated name
    /// contains a negation.
    #[test]
    fn prod_is_found_at_any_position(before in "[a-cA-C0-9._-]{0,5}", word in "[pP][rR][oO]?[dD]", after in "[v-zV-Z0-9._-]{0,5}") {
        let name = format!("x{before}{word}{after}");
        for schema in [CONFIG, WIDE, NO_PROD] {
            prop_assert_eq!(describe_result(&schema, &name), "refused", "{}", name);
        }
    }
}
