//! The options that select deployed functions.

use clap::Args;

use super::function_name::FunctionName;
use super::resources::FunctionTag;

/// The options that select deployed functions.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Deployed functions")]
pub(crate) struct SelectionArguments {
    /// A function: its name, with :ALIAS or :VERSION, or its ARN; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Vec<FunctionName>,

    /// The functions of a CloudFormation stack and of its nested stacks; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Vec<String>,

    /// The functions with a tag; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) tag: Vec<FunctionTag>,
}

impl SelectionArguments {
    pub(crate) fn is_empty(&self) -> bool {
        self.function.is_empty() && self.stack.is_empty() && self.tag.is_empty()
    }
}
