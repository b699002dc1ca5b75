//! Writes the snapshots of the modules `snapshot` and `memory`, their stage key and a sealed file.

use super::*;

/// Writes the files, but writes `memory.snapshot` only on Linux. Run this test when their format
/// changes.
#[tokio::test]
#[ignore = "it writes into the repository"]
async fn write_the_snapshots() {
    let endpoint = Endpoint::start(cipher::answer_encrypt);
    let kms = KmsClient::new(&aws::settings(endpoint.url()));
    let key = StageKey::create(&kms, cipher::KEY, APP, STAGE)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let write = |path: &str, text: String| {
        std::fs::write(path, text).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    write("sealed/snapshots/stage.key", key.to_string());
    let token = key
        .seal("token", b"a token")
        .unwrap_or_else(|error| panic!("{error}"));
    write("sealed/snapshots/token", token.to_string());
    // `docs/snapshot.md` describes this format.
    let text = |text: &str| json!({ "text": STANDARD.encode(text), "version": "1" });
    let content = json!({
        "version": 1,
        "found": {
            "/snapshots/table": text("yesterday"),
            "secret:snapshots/db": text(&format!(r#"{{"password":"{SECRET}"}}"#)),
        },
        "missing": ["/snapshots/optional"],
    });
    #[cfg(target_os = "linux")]
    {
        let found = json!({ "/snapshots/needle": text(&crate::memory::create_needle(0)) });
        let content = json!({ "version": 1, "found": found, "missing": [] });
        let sealed = key.seal_snapshot(
            "it::memory::held::FromSnapshot",
            CREATED,
            content.to_string().as_bytes(),
        );
        write(
            "it/snapshot/files/memory.snapshot",
            sealed.unwrap_or_else(|error| panic!("{error}")).to_string(),
        );
    }
    let sealed = key.seal_snapshot(
        "it::snapshot::Config",
        CREATED,
        content.to_string().as_bytes(),
    );
    let good = sealed.unwrap_or_else(|error| panic!("{error}")).to_string();
    let path = |name: &str| format!("it/snapshot/files/{name}.snapshot");
    write(
        &path("tampered"),
        good.replace(
            &format!("created: {CREATED}"),
            &format!("created: {}", CREATED + 1),
        ),
    );
    write(
        &path("malformed"),
        good.lines()
            .take(10)
            .map(|line| format!("{line}\n"))
            .collect(),
    );
    write(&path("good"), good);
}
