//! Tests of sealed snapshots: a snapshot opens only for its app, stage and key; its headers are
//! read without its body; a snapshot and a value cannot replace each other.

use super::*;

#[test]
fn a_snapshot_opens_only_for_its_app_stage_and_key() {
    use SealedErrorKind::{Malformed, Tampered, WrongApp, WrongKey, WrongStage};
    let text = PROD
        .key
        .seal_snapshot("payments::Config", 1_700_000_000, SECRET)
        .unwrap()
        .to_string();
    assert!(text.starts_with(
        "-----BEGIN STAGE-CONFIG SNAPSHOT-----\nversion: 1\napp: payments\nstage: prod\nconfig: \
         payments::Config\ncreated: 1700000000\nkey: "
    ));

    let open = |pair: &Pair, text: &str| {
        let sealed = SealedSnapshot::parse(text).map_err(|error| error.kind())?;
        pair.unlocked
            .open_snapshot(&sealed)
            .map_err(|error| error.kind())
    };
    assert_eq!(open(&PROD, &text).unwrap().as_slice(), SECRET);
    assert_eq!(
        open(&PROD, &text.replace('\n', "\r\n")).unwrap().as_slice(),
        SECRET
    );
    assert_eq!(SealedSnapshot::parse(&text).unwrap().to_string(), text);

    for (from, to, kind) in [
        (
            "config: payments::Config",
            "config: payments::Other",
            Tampered,
        ),
        ("created: 1700000000", "created: 1800000000", Tampered),
        ("created: 1700000000", "created: 01700000000", Malformed),
        ("created: 1700000000", "created: soon", Malformed),
        ("config: payments::Config", "config: a b", Malformed),
    ] {
        assert_eq!(
            open(&PROD, &text.replace(from, to)).unwrap_err(),
            kind,
            "{to}"
        );
    }

    for (app, stage, kind) in [
        ("orders", "prod", WrongApp),
        ("payments", "dev", WrongStage),
        ("payments", "prod", WrongKey),
    ] {
        assert_eq!(open(&create_pair(app, stage), &text).unwrap_err(), kind);
    }

    let long = PROD
        .key
        .seal_snapshot("a::B", 0, &vec![0; file_format::MAX_PLAINTEXT + 1])
        .unwrap_err();
    assert_eq!(long.kind(), SealedErrorKind::TooLarge);
    assert_eq!(
        PROD.key
            .seal_snapshot("a\nb", 0, SECRET)
            .unwrap_err()
            .kind(),
        SealedErrorKind::InvalidName
    );
}

/// A load reads only the headers until it uses the snapshot.
#[test]
fn headers_are_read_without_the_body() {
    let text = PROD
        .key
        .seal_snapshot("payments::Config", 1_700_000_000, SECRET)
        .unwrap()
        .to_string();
    let body = text.find("\n\n").unwrap() + 2;
    for text in [
        text.as_str(),
        &text.replace('\n', "\r\n"),
        &text[..body],
        &format!("{}x", &text[..body]),
    ] {
        let headers = SnapshotHeaders::parse(text, None).unwrap();
        assert_eq!(
            (headers.created(), headers.verify(&PROD.key)),
            (1_700_000_000, Ok(()))
        );
    }
    assert!(
        SealedSnapshot::parse(&text).unwrap().headers
            == SnapshotHeaders::parse(&text, None).unwrap()
    );
    for broken in [
        &text[..body - 1],
        &text.replace("created: 1", "created: x"),
        &"x".repeat(2_000_000),
    ] {
        assert_eq!(
            SnapshotHeaders::parse(broken, None).err(),
            SealedSnapshot::parse(broken).err()
        );
    }
}

/// A snapshot and a value cannot replace each other, even if both are sealed for one key pair.
#[test]
fn a_snapshot_is_not_a_value_and_a_value_is_not_a_snapshot() {
    let snapshot = PROD
        .key
        .seal_snapshot("payments::Config", 5, SECRET)
        .unwrap();
    assert_eq!(
        open(&PROD, &snapshot.to_string(), "x").unwrap_err(),
        SealedErrorKind::Malformed
    );
    assert_eq!(
        SealedSnapshot::parse(&seal_text("x", SECRET))
            .unwrap_err()
            .kind(),
        SealedErrorKind::Malformed
    );

    // An attacker puts the ciphertext of a snapshot into the format of a value.
    let value = SealedValue {
        owner: snapshot.headers.owner.clone(),
        name: "x".into(),
        body: snapshot.body.clone(),
    };
    assert_eq!(
        PROD.unlocked.open(&value, "x").unwrap_err().kind(),
        SealedErrorKind::Tampered
    );
}
