//! Mistakes, one folder each, with the messages that they give; and what must compile under every lint.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}

#[test]
fn passes() {
    trybuild::TestCases::new().pass("tests/pass/*.rs");
}
