//! A type of bytes reads a text as base64, also inside other types. It reads the bytes of a binary
//! secret unchanged.

use super::*;

#[test]
fn bytes_are_base64_and_never_a_list() {
    assert_eq!(decode!(Vec<u8>, text "AQID\n").unwrap(), [1, 2, 3]);
    assert_eq!(
        decode!(Vec<u8>, text "\u{feff}AQ\r\n\u{a0}ID").unwrap(),
        [1, 2, 3]
    );
    assert_eq!(decode!(Vec<u8>, text "AQ==").unwrap(), [1]);
    assert_eq!(decode!(Vec<u8>, text "AQ").unwrap(), [1]);
    assert_eq!(
        decode!(Vec<u8>, StoredValue::from_bytes(&[0, 255])).unwrap(),
        [0, 255]
    );
    assert_eq!(decode!([u8; 3], text "AQID").unwrap(), [1, 2, 3]);
    assert_eq!(
        decode!([u8; 4], text "AQID").unwrap_err().to_string(),
        "expected 4 bytes"
    );
    assert_eq!(
        decode!(SecretSlice<u8>, text "AQID")
            .unwrap()
            .expose_secret(),
        [1, 2, 3]
    );
    assert_eq!(
        decode!(SecretBox<Vec<u8>>, text "AQID")
            .unwrap()
            .expose_secret(),
        &[1, 2, 3]
    );
    assert_eq!(
        decode!(Vec<u8>, text "1,2,3").unwrap_err().to_string(),
        "expected base64"
    );
}

#[test]
fn an_error_names_the_url_alphabet_of_base64() {
    macro_rules! assert_named {
        ($($type:ty: $text:expr;)*) => {$(
            let error = decode!($type, text $text).map(drop).unwrap_err();
            let shown = error.to_string();
            assert!(shown.contains("base64 in the URL alphabet"), "{}: {shown}", stringify!($type));
            assert!(!shown.contains($text), "{shown}");
            let redacted = error.redact_for_field(crate::schema::Secrecy::Yes, "alphabet");
            assert_eq!(redacted.to_string(), shown, "a constant text is not redacted");
        )*};
    }
    assert_named! {
        Vec<u8>: "-_8=";
        Vec<u8>: "__8\n";
        [u8; 2]: "__8";
        SecretSlice<u8>: "-_8=";
        Option<Vec<u8>>: "-_8";
        Vec<Vec<u8>>: "AQID,-_8";
        BTreeMap<String, Vec<u8>>: r#"{"a": "-_8"}"#;
    }
    for text in ["+-8=", "a-b,c", "-"] {
        assert_eq!(
            decode!(Vec<u8>, text text).unwrap_err().to_string(),
            "expected base64",
            "{text}"
        );
    }
}

#[test]
fn bytes_inside_other_types_are_base64() {
    assert_eq!(
        decode!(SecretBox<[u8; 3]>, text "AQID")
            .unwrap()
            .expose_secret(),
        &[1, 2, 3]
    );
    assert_eq!(
        decode!(SecretBox<[u8; 2]>, StoredValue::from_bytes(&[0, 255]))
            .unwrap()
            .expose_secret(),
        &[0, 255]
    );
    assert_eq!(
        decode!(SecretBox<[u8; 64]>, text "AQID")
            .unwrap_err()
            .to_string(),
        "expected 64 bytes"
    );
    assert_eq!(
        decode!(SecretBox<[u8; 2]>, text "1,2")
            .unwrap_err()
            .to_string(),
        "expected base64"
    );
    assert!(
        decode!(Option<SecretBox<[u8; 3]>>, StoredValue::missing())
            .unwrap()
            .is_none()
    );
    assert_eq!(
        decode!(Vec<Vec<u8>>, text "AQID, BA==").unwrap(),
        [vec![1, 2, 3], vec![4]]
    );
    assert_eq!(
        decode!(Vec<Vec<u8>>, StoredValue::from_list("AQID,BA==")).unwrap(),
        [vec![1, 2, 3], vec![4]]
    );
    assert_eq!(
        decode!(Option<Vec<Vec<u8>>>, text r#"["AQID", ""]"#)
            .unwrap()
            .unwrap(),
        [vec![1, 2, 3], vec![]]
    );
    assert_eq!(
        decode!(Vec<Vec<u8>>, text "[[1, 2]]")
            .unwrap_err()
            .to_string(),
        "expected base64 (line 1, column 2)"
    );
    assert_eq!(
        decode!(Vec<[u8; 3]>, text "AQID,AQ")
            .unwrap_err()
            .to_string(),
        "expected 3 bytes (item 2)"
    );
    assert_eq!(
        decode!(Vec<Option<Vec<u8>>>, text r#"["AQ", null]"#).unwrap(),
        [Some(vec![1]), None]
    );
    assert_eq!(
        decode!((Vec<u8>, u8), text "AQID,7").unwrap(),
        (vec![1, 2, 3], 7)
    );
    assert_eq!(
        decode!(BTreeMap<String, Vec<u8>>, text r#"{"a": "AQID"}"#).unwrap()["a"],
        [1, 2, 3]
    );
    assert_eq!(
        decode!(Vec<SecretSlice<u8>>, text "AQID").unwrap()[0].expose_secret(),
        [1, 2, 3]
    );
    assert_eq!(
        decode!(SecretBox<Vec<Vec<u8>>>, text "AQID")
            .unwrap()
            .expose_secret(),
        &[vec![1, 2, 3]]
    );
    assert_eq!(*decode!(Box<[u8]>, text "AQID").unwrap(), [1, 2, 3]);
    assert_eq!(
        *decode!(std::sync::Arc<[u8]>, text "AQID").unwrap(),
        [1, 2, 3]
    );
}
