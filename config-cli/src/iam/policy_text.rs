//! Texts of a policy, with holes for unknown parts. The output format of each deployment tool fills
//! the holes differently.

use std::fmt;

use serde::{Serialize, Serializer};

/// A part of a text that may be unknown until the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hole {
    Partition,
    Region,
    Account,
    /// The id of a KMS key.
    KeyId,
    /// The name of the Lambda function.
    Function,
    /// The name of the stage, in a policy for several stages.
    Stage,
}

impl Hole {
    /// Returns the placeholder in plain JSON.
    pub(crate) fn placeholder(self) -> &'static str {
        match self {
            // The partition `aws` is correct except in China, GovCloud and similar regions. The
            // other parts have no usual value.
            Self::Partition => "aws",
            Self::Region => "REGION",
            Self::Account => "ACCOUNT",
            Self::KeyId => "KEY_ID",
            Self::Function => "FUNCTION_NAME",
            Self::Stage => "STAGE",
        }
    }

    /// Returns the maximum length of the part. Regions and partitions have no limit: the length of
    /// a long name is used. `stage_length` is the length of the longest stage.
    fn max_length(self, stage_length: usize) -> usize {
        match self {
            Self::Partition => "aws-us-gov".len(),
            Self::Region => "ap-northeast-1".len(),
            Self::Account => 12,
            Self::KeyId => 36,
            Self::Function => 64,
            Self::Stage => stage_length,
        }
    }
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TextPiece {
    Literal(String),
    Hole(Hole),
}

/// A text of a policy. `Display` replaces its holes by placeholders.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PolicyText(Vec<TextPiece>);

impl PolicyText {
    pub(crate) fn pieces(&self) -> &[TextPiece] {
        &self.0
    }

    pub(crate) fn holes(&self) -> impl Iterator<Item = Hole> {
        self.0.iter().filter_map(|piece| match piece {
            TextPiece::Hole(hole) => Some(*hole),
            TextPiece::Literal(_) => None,
        })
    }

    /// Appends `literal`.
    #[must_use]
    pub(crate) fn with_literal(mut self, literal: &str) -> Self {
        match self.0.last_mut() {
            Some(TextPiece::Literal(last)) => last.push_str(literal),
            _ => self.0.push(TextPiece::Literal(literal.to_owned())),
        }
        self
    }

    /// Appends the value `known`. If it is `None`, appends `hole`.
    #[must_use]
    pub(crate) fn with_known_or_hole(mut self, known: Option<&str>, hole: Hole) -> Self {
        match known {
            Some(known) => self.with_literal(known),
            None => {
                self.0.push(TextPiece::Hole(hole));
                self
            }
        }
    }

    /// Returns the text with a hole for the stage in place of each `mark`.
    #[must_use]
    pub(super) fn with_stage_holes(&self, mark: char) -> Self {
        let mut text = Self::default();
        for piece in &self.0 {
            match piece {
                TextPiece::Literal(literal) => {
                    for (index, part) in literal.split(mark).enumerate() {
                        if index > 0 {
                            text.0.push(TextPiece::Hole(Hole::Stage));
                        }
                        if !part.is_empty() {
                            text = text.with_literal(part);
                        }
                    }
                }
                TextPiece::Hole(hole) => text.0.push(TextPiece::Hole(*hole)),
            }
        }
        text
    }

    /// Returns whether IAM must compare the text with `StringLike`.
    pub(crate) fn has_wildcards(&self) -> bool {
        self.0.iter().any(
            |piece| matches!(piece, TextPiece::Literal(literal) if literal.contains(['*', '?'])),
        )
    }

    /// Returns the maximum length of the text with its holes filled.
    pub(crate) fn max_length(&self, stage_length: usize) -> usize {
        let lengths = self.0.iter().map(|piece| match piece {
            TextPiece::Literal(literal) => literal.chars().count(),
            TextPiece::Hole(hole) => hole.max_length(stage_length),
        });
        lengths.sum()
    }
}

impl From<&str> for PolicyText {
    fn from(literal: &str) -> Self {
        Self::default().with_literal(literal)
    }
}

impl fmt::Display for PolicyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            TextPiece::Literal(literal) => f.write_str(literal),
            TextPiece::Hole(hole) => f.write_str(hole.placeholder()),
        })
    }
}

impl Serialize for PolicyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
