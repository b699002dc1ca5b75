//! The sections of a page of the guide, and the messages that the page shows.

use std::collections::BTreeSet;

/// The text from a `##` or `###` heading up to the next such heading, or the text before the first
/// such heading.
#[derive(Debug, Default)]
pub struct Section {
    /// The `##` heading of the section. If the section begins with a `###` heading, the last `##`
    /// heading above it.
    pub chapter: String,
    /// The heading of the section.
    pub heading: String,
    /// The whole text of the section.
    pub text: String,
    /// The messages in the blocks with the language `text`. An empty line separates two messages of
    /// one block.
    pub blocks: Vec<String>,
}

/// A message that a test has made.
#[derive(Debug, Clone)]
pub struct Message {
    /// A text that must be in the section that shows the message, such as `FailureKind::Missing`.
    pub name: String,
    /// The text, as a user sees it.
    pub text: String,
}

/// Returns the sections of a page.
pub fn read_sections(page: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        if fence.is_none()
            && let Some(heading) = line.strip_prefix("## ")
        {
            sections.push(Section::new(heading, heading));
        } else if fence.is_none()
            && let Some(heading) = line.strip_prefix("### ")
        {
            let chapter = last(&mut sections).chapter.clone();
            sections.push(Section::new(&chapter, heading));
        }
        let section = last(&mut sections);
        section.text.push_str(line);
        section.text.push('\n');

        match (fence, line.strip_prefix("```")) {
            (None, Some(language)) => {
                fence = Some(language);
                if language == "text" {
                    section.blocks.push(String::new());
                }
            }
            (Some(_), Some("")) => fence = None,
            (Some("text"), _) => {
                if line.is_empty() {
                    section.blocks.push(String::new());
                    continue;
                }
                let block = section.blocks.last_mut().expect("the block has begun");
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    sections
}

impl Section {
    fn new(chapter: &str, heading: &str) -> Self {
        Self {
            chapter: chapter.to_owned(),
            heading: heading.to_owned(),
            ..Self::default()
        }
    }
}

fn last(sections: &mut [Section]) -> &mut Section {
    sections.last_mut().expect("the list is not empty")
}

/// Asserts that each message is a block of one of these sections, that this section contains the
/// name of the message, and that each block of the sections is one of the messages.
#[track_caller]
pub fn assert_shows(sections: &[&Section], messages: &[Message]) {
    let shows = |section: &Section, message: &Message| {
        let text = message.text.trim_end();
        section.blocks.iter().any(|block| block.trim_end() == text)
            && section.text.contains(&message.name)
    };
    let without_section = messages
        .iter()
        .filter(|message| !sections.iter().any(|section| shows(section, message)))
        .map(|Message { name, text }| {
            format!("no section that contains {name:?} has this block:\n{text}\n")
        });
    let texts: BTreeSet<&str> = messages
        .iter()
        .map(|message| message.text.trim_end())
        .collect();
    let blocks = sections
        .iter()
        .flat_map(|section| section.blocks.iter().map(|block| (&section.heading, block)));
    let without_message = blocks
        .filter(|(_, block)| !texts.contains(block.trim_end()))
        .map(|(heading, block)| {
            format!("no message is this block of the section {heading:?}:\n{block}")
        });
    let problems: Vec<String> = without_section.chain(without_message).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
