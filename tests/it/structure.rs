//! The structure of the workspace: sibling modules of a crate do not import each other, directly or
//! through other modules.

mod modules;

use std::path::{Path, PathBuf};
use std::process::Command;

use modules::Modules;

/// Returns the root file of every target of the workspace: libraries, binaries, tests, benches,
/// examples, build scripts.
fn find_crate_roots() -> Vec<PathBuf> {
    let cargo = std::env::var_os("CARGO").expect("cargo sets CARGO for its tests");
    let mut command = Command::new(cargo);
    command.args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let output = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("a workspace has packages");
    let targets = packages.iter().flat_map(|package| {
        package["targets"]
            .as_array()
            .expect("a package has targets")
    });
    targets
        .map(|target| {
            target["src_path"]
                .as_str()
                .expect("a target has a root file")
                .into()
        })
        .collect()
}

#[test]
fn sibling_modules_do_not_import_each_other() {
    let roots = find_crate_roots();
    for known in [
        "config-core/src/lib.rs",
        "config-cli/src/main.rs",
        "config-derive/src/lib.rs",
    ] {
        assert!(
            roots.iter().any(|root| root.ends_with(known)),
            "{known} is not among {roots:?}"
        );
    }

    let cycles: Vec<String> = roots
        .iter()
        .flat_map(|root| {
            Modules::read(root)
                .find_cycles()
                .into_iter()
                .map(move |cycle| format!("{}: {cycle}", root.display()))
        })
        .collect();
    assert!(
        cycles.is_empty(),
        "move the code that both sides use into a module below them:\n{}",
        cycles.join("\n")
    );
}

/// Returns the import cycles of a crate with these files.
fn find_cycles(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("the folder can be created");
        std::fs::write(path, text).expect("a file can be written");
    }
    Modules::read(&Path::join(folder.path(), "lib.rs")).find_cycles()
}

/// `a` imports `b`. Each row is a different way in which `b` uses `a`.
#[test]
fn a_cycle_of_two_siblings_is_found() {
    const USES_B: &str = "use crate::b::B; pub struct A;";

    for uses_a in [
        "use crate::a::A; pub struct B;",
        "use super::a::A; pub struct B;",
        "use crate::{a::{A as Other}, c}; pub struct B;",
        "use crate::a; pub struct B; fn f(_: a::A) {}",
        "pub struct B; fn f(_: crate::a::A) {}",
        "pub struct B; fn f() { use crate::a::A; }",
        "pub struct B; fn f() { println!(\"{:?}\", vec![crate::a::A]); }",
        "macro_rules! m { () => { $crate::a::A } } pub struct B;",
        "use crate::A; pub struct B;",
        "use crate::c::Again; pub struct B;",
        "pub struct B; mod inner { use crate::a::A; }",
        "pub struct B; impl From<super::a::A> for B {}",
    ] {
        let cycles = find_cycles(&[
            ("lib.rs", "mod a; mod b; mod c; pub use a::A;"),
            ("a.rs", USES_B),
            ("b.rs", uses_a),
            ("c.rs", "pub use crate::a::A as Again;"),
        ]);
        assert_eq!(cycles.len(), 1, "{uses_a}: {cycles:?}");
        assert!(
            cycles[0].contains('a') && cycles[0].contains('b'),
            "{cycles:?}"
        );
    }
}

/// The imports of a child count as imports of its parent, at every level. Cycles of more than two
/// modules are found too.
#[test]
fn a_cycle_through_children_or_other_modules_is_found() {
    let through_children = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod low; pub struct A;"),
        ("a/low.rs", "use crate::b::B;"),
        ("b.rs", "pub struct B; mod low;"),
        ("b/low.rs", "use crate::a::A;"),
    ];
    let among_grandchildren = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod b;"),
        ("a/b/mod.rs", "mod one; mod two;"),
        ("a/b/one.rs", "use super::two::Two; pub struct One;"),
        ("a/b/two.rs", "use crate::a::b::one::One; pub struct Two;"),
    ];
    let three_modules = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::A; pub struct C;"),
    ];
    for files in [&through_children[..], &among_grandchildren, &three_modules] {
        assert_eq!(find_cycles(files).len(), 1, "{files:?}");
    }
}

#[test]
fn imports_without_a_cycle_are_not_reported() {
    let parent_and_child = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod low; use low::Low; pub struct A;"),
        ("a/low.rs", "use super::A; pub struct Low;"),
    ];
    let one_way = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::{b::B, c::C};"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "pub struct C;"),
    ];
    let only_in_tests = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        (
            "b.rs",
            "pub struct B; #[cfg(test)] use crate::a::A; #[cfg(test)] mod tests { use crate::a::A; \
             }",
        ),
    ];
    let only_in_text = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        (
            "b.rs",
            "//! See [`A`](crate::a::A).\npub struct B; // crate::a::A\nconst TEXT: &str = \
             \"crate::a::A\";",
        ),
    ];
    for files in [
        &parent_and_child[..],
        &one_way,
        &only_in_tests,
        &only_in_text,
    ] {
        assert_eq!(find_cycles(files), Vec::<String>::new());
    }
}
