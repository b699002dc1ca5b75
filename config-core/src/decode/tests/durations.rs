//! A `Duration` is a text such as `30s`, also inside a type of the program's own. Inside such a
//! type, the form of serde (`{"secs": 30, "nanos": 0}`) is accepted too.

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
struct Retry {
    wait: Duration,
    #[serde(default)]
    pauses: Vec<Duration>,
    max: Option<Duration>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Wait(Duration);

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Wait { wait: Duration },
}

#[derive(Debug, Deserialize)]
struct Flattened {
    #[serde(flatten)]
    _retry: Retry,
}

const FORM: &str = "expected a duration with its unit, as in `30s`, `5m`, `1h 30m` or `250ms`";

#[test]
fn a_duration_inside_another_type_is_a_text() {
    let seconds = Duration::from_secs;
    assert_eq!(
        decode!(Retry, text r#"{"wait": " 30s ", "pauses": ["250ms", "1h 30m"], "max": null}"#),
        Ok(Retry {
            wait: seconds(30),
            pauses: vec![Duration::from_millis(250), seconds(5400)],
            max: None,
        })
    );
    assert_eq!(decode!(Wait, text "5m\n"), Ok(Wait(seconds(300))));
    assert_eq!(
        decode!(BTreeMap<String, Duration>, text r#"{"a": "1s"}"#),
        Ok(BTreeMap::from([("a".to_owned(), seconds(1))]))
    );
    assert_eq!(
        decode!(BTreeMap<String, Wait>, text r#"{"a": "1s"}"#),
        Ok(BTreeMap::from([("a".to_owned(), Wait(seconds(1)))]))
    );
}

#[test]
fn the_form_of_serde_is_accepted() {
    let serialized = serde_json::to_string(&Duration::new(3, 7)).expect("a duration is JSON");
    assert_eq!(
        decode!(Wait, text & serialized),
        Ok(Wait(Duration::new(3, 7)))
    );
}

#[test]
fn a_value_in_another_form_is_an_error_that_shows_the_form() {
    for (text, position) in [
        (r#"{"wait": 30}"#, " (line 1, column 10)"),
        (r#"{"wait": "soon"}"#, " (line 1, column 10)"),
    ] {
        let error = decode!(Retry, text text).unwrap_err();
        assert_eq!(error.to_string(), format!("{FORM}{position}"));
    }
    assert_eq!(decode!(Wait, text "30").unwrap_err().to_string(), FORM);
}

/// serde copies the values of a flattened struct or an untagged enum before it reads them, so a
/// text cannot become a duration.
#[test]
fn an_untagged_or_flattened_type_reads_only_the_form_of_serde() {
    let error = decode!(Flattened, text r#"{"wait": "30s"}"#).unwrap_err();
    assert!(error.to_string().contains("humantime_serde"), "{error}");
    assert!(
        error.to_string().contains("`{\"secs\": 30, \"nanos\": 0}`"),
        "{error}"
    );

    let untagged = decode!(Untagged, text r#"{"wait": {"secs": 30, "nanos": 0}}"#);
    let wait = Duration::from_secs(30);
    assert_eq!(untagged, Ok(Untagged::Wait { wait }));
}
