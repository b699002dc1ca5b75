//! Replaces a block of a document between two marker comments.

use crate::Error;

/// Returns the document with the new content between `<!-- NAME: begin -->` and
/// `<!-- NAME: end -->`.
pub(crate) fn replace_block(document: &str, name: &str, content: &str) -> Result<String, Error> {
    let (begin, end) = (
        format!("<!-- {name}: begin -->"),
        format!("<!-- {name}: end -->"),
    );
    let parts = document.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        return Err(format!("the document has no block {begin} … {end}").into());
    };
    Ok(format!(
        "{before}{begin}\n\n{}\n\n{end}{after}",
        content.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::replace_block;

    #[test]
    fn only_the_block_changes() {
        let document = "# A\n<!-- x: begin -->\nold\n<!-- x: end -->\nB\n";
        let replaced = replace_block(document, "x", "new\n").expect("a block");
        assert_eq!(
            replaced,
            "# A\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\nB\n"
        );
        assert_eq!(
            replace_block(&replaced, "x", "new").expect("a block"),
            replaced
        );
    }

    #[test]
    fn a_document_without_the_block_is_an_error() {
        for document in ["", "<!-- x: begin -->", "<!-- x: end --><!-- x: begin -->"] {
            assert!(replace_block(document, "x", "new").is_err(), "{document}");
        }
    }
}
