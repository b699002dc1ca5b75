//! Tests that a sealed content is read back unchanged, and that any other content is rejected.

use super::*;

#[test]
fn contents_come_back() {
    let answers = [
        ("/text", found("x")),
        ("/plain", Outcome::Found(Found { encrypted: Some(false), ..Found::from_text("x") })),
        ("/secure", Outcome::Found(Found { encrypted: Some(true), ..Found::from_text("x") })),
        (
            "/list",
            Outcome::Found(
                Found::from_string_list("a,b").with_arn("arn:aws:ssm:eu-west-1:111122223333:parameter/list"),
            ),
        ),
        ("secret:bytes", Outcome::Found(Found::from_bytes([0, 255, 7]))),
        ("/empty", Outcome::Found(Found::from_text(""))),
        ("/none", Outcome::Missing),
    ];
    let pairs = answers.iter().map(|(address, outcome)| ((*address).to_owned(), outcome));
    let plaintext = content::write(pairs).unwrap();
    assert_eq!(plaintext.len(), plaintext.capacity(), "the buffer never grew");
    let read = content::read(&plaintext).unwrap();
    assert_eq!(read.len(), answers.len());
    for (address, outcome) in &answers {
        match (outcome, &read[*address]) {
            (Outcome::Missing, Outcome::Missing) => {}
            (Outcome::Found(one), Outcome::Found(other)) => {
                assert!(one.content == other.content && other.from_snapshot, "{address}");
                assert_eq!((&one.version, &one.arn), (&other.version, &other.arn));
                // If no store said how it keeps the value, the snapshot says that it encrypts it.
                assert_eq!(Some(one.encrypted.unwrap_or(true)), other.encrypted, "{address}");
            }
            other => panic!("{address}: {other:?}"),
        }
    }
    let refused = content::write([("/a".to_owned(), &throttled())]);
    assert!(refused.is_none(), "what failed is no answer");
}

#[test]
fn contents_that_nobody_wrote_are_refused() {
    use content::ContentError::{Malformed, Version};
    for (text, error) in [
        (r#"{"version":2}"#, Version(2)),
        ("", Malformed),
        ("[]", Malformed),
        (r#"{"version":1,"found":{},"missing":5}"#, Malformed),
        (r#"{"version":1,"found":{"/a":{}},"missing":[]}"#, Malformed),
        (r#"{"version":1,"found":{"/a":{"text":"QQ==","list":"QQ=="}},"missing":[]}"#, Malformed),
        (r#"{"version":1,"found":{"/a":{"text":"?"}},"missing":[]}"#, Malformed),
        (r#"{"version":1,"found":{"/a":{"text":"/w=="}},"missing":[]}"#, Malformed),
        (r#"{"version":1,"found":{"/a":{"text":"QQ=="}},"missing":["/a"]}"#, Malformed),
    ] {
        assert_eq!(content::read(text.as_bytes()).map(|_| ()), Err(error), "{text}");
    }
}
