//! The preview of a transfer, the confirmation, and the writes.

use std::process::ExitCode;

use stage_config_core::manage::{ADD_OVERWRITE, AwsContext};
use stage_config_grammar::suggest;

use super::{PendingWrite, Transfer, TransferOptions};
use crate::destination::{Destination, TargetState, WriteOptions};
use crate::error::CliError;
use crate::output::{Style, styled};
use crate::progress::wait_with_progress;
use crate::read_values::check_read;
use crate::{confirm, output, redact};

impl Transfer<'_> {
    /// Shows the changes, asks for confirmation, and writes the values.
    pub(crate) async fn run(mut self, options: &TransferOptions) -> Result<ExitCode, CliError> {
        check_read(&self.current, self.stage, |path| {
            self.unread.contains(&path)
        })?;
        self.check_mistakes()?;
        let inspection = async {
            let aws = self.connect().await?;
            self.inspect_targets(aws.as_ref()).await?;
            Ok::<_, CliError>(aws)
        };
        let aws = wait_with_progress("inspecting the current values", inspection).await?;
        self.print_changes()?;
        let count = self.writes.len();
        if count == 0 {
            output::eprint_line("there is nothing to write");
            return Ok(ExitCode::SUCCESS);
        }
        let replaced = self
            .writes
            .iter()
            .filter(|write| write.target_state.existing.is_some())
            .count();
        if replaced > 0 && !options.overwrite {
            return Err(CliError::failed(format!(
                "nothing was written: {replaced} of {count} would replace an existing value"
            ))
            .with_help(ADD_OVERWRITE));
        }
        let question = format!(
            "Write {} into the stage `{}`?",
            output::count_values(count),
            self.stage.name()
        );
        if !options.yes && !confirm::ask_yes_no(&question).await? {
            return Err(CliError::failed("nothing was written: the answer was no"));
        }
        self.write(aws.as_ref(), options).await
    }

    fn check_mistakes(&self) -> Result<(), CliError> {
        if self.mistakes.is_empty() {
            Ok(())
        } else {
            let message = "nothing was written".to_owned();
            Err(CliError::list(message, &self.mistakes))
        }
    }

    /// Connects to AWS if any destination needs it.
    async fn connect(&mut self) -> Result<Option<AwsContext>, CliError> {
        for write in &self.writes {
            if let Some(aws) = write.destination.connect(&mut self.connections).await? {
                return Ok(Some(aws));
            }
        }
        Ok(None)
    }

    /// Inspects every destination before the first write: whether it has a value, and whether the
    /// command may write there.
    async fn inspect_targets(&mut self, aws: Option<&AwsContext>) -> Result<(), CliError> {
        for write in &mut self.writes {
            match write.destination.inspect_for_write(aws).await {
                Ok(current) => write.target_state = current,
                Err(problem) if problem.is_undetermined() => return Err(problem),
                Err(problem) => self.mistakes.push(problem),
            }
        }
        self.check_mistakes()
    }

    fn print_changes(&self) -> Result<(), CliError> {
        let mut rows = vec![["FIELD", "WHERE", "CHANGE"].map(str::to_owned)];
        for field in self.stage.plan.planned_fields() {
            let change = match self
                .writes
                .iter()
                .find(|write| write.field.path() == field.path())
            {
                Some(PendingWrite {
                    target_state: TargetState { existing: None, .. },
                    ..
                }) => styled(Style::Good, "new"),
                Some(PendingWrite {
                    target_state:
                        TargetState {
                            existing: Some(existing),
                            ..
                        },
                    ..
                }) => styled(Style::Doubtful, format!("replaces a {existing}")),
                None => match self
                    .skipped
                    .iter()
                    .find(|(skipped, _)| skipped.path() == field.path())
                {
                    Some((_, reason)) => styled(Style::Faint, reason),
                    None => continue,
                },
            };
            let source = field
                .chain()
                .first()
                .map(redact::display_source)
                .unwrap_or_default();
            rows.push([field.path().to_owned(), source, change]);
        }
        if rows.len() > 1 {
            output::print_table(&rows)?;
        }
        let notes = self
            .writes
            .iter()
            .filter_map(|write| write.target_state.note.clone());
        let common_notes = self.chain_note().into_iter().chain(self.shared_note());
        for note in common_notes.chain(notes) {
            output::eprint_line(&format!("note: {note}"));
        }
        Ok(())
    }

    /// Returns one note about all written fields that have a chain, because many fields of a
    /// preview stage have one.
    fn chain_note(&self) -> Option<String> {
        let chains: Vec<&PendingWrite<'_>> = self
            .writes
            .iter()
            .filter(|write| write.destination.chain_note().is_some())
            .collect();
        if let [only] = chains.as_slice() {
            return only.destination.chain_note();
        }
        let fields: Vec<&str> = chains.iter().map(|write| write.field.path()).collect();
        (!fields.is_empty()).then(|| {
            format!(
                "only the first source of the chain of each of these fields is written: {}",
                suggest::format_list(&fields)
            )
        })
    }

    /// Returns one note about all destinations that other fields also read.
    fn shared_note(&self) -> Option<String> {
        let shared: Vec<&Destination<'_>> = self
            .writes
            .iter()
            .map(|write| &write.destination)
            .filter(|destination| !destination.readers().is_empty())
            .collect();
        if let [only] = shared.as_slice() {
            return only.shared_note();
        }
        let readers: Vec<String> = shared
            .iter()
            .map(|destination| {
                format!(
                    "`{}` by {}",
                    destination.source_text(),
                    destination.describe_readers()
                )
            })
            .collect();
        (!readers.is_empty()).then(|| {
            format!(
                "these sources are also read by other fields: {}",
                readers.join("; ")
            )
        })
    }

    /// Groups the writes to keys of the same secret, because one version can contain all of them.
    /// Any other write is a group of its own. Returns each group as its first write and its other
    /// writes, in the order of the writes.
    fn group_writes(&self) -> Vec<(&PendingWrite<'_>, Vec<&PendingWrite<'_>>)> {
        let mut groups: Vec<(&PendingWrite<'_>, Vec<&PendingWrite<'_>>)> = Vec::new();
        for write in &self.writes {
            let shares = |(first, others): &&mut (&PendingWrite<'_>, Vec<&PendingWrite<'_>>)| {
                std::iter::once(first)
                    .chain(others.iter())
                    .all(|member| member.destination.shares_version(&write.destination))
            };
            match groups.iter_mut().find(shares) {
                Some((_, others)) => others.push(write),
                None => groups.push((write, Vec::new())),
            }
        }
        groups
    }

    /// Writes one value after another, and the keys of one secret in one version. Prints the field
    /// and the source of each value that was written, without the value. Lists the failures in one
    /// error at the end.
    async fn write(
        &self,
        aws: Option<&AwsContext>,
        options: &TransferOptions,
    ) -> Result<ExitCode, CliError> {
        let TransferOptions {
            overwrite,
            kms_key,
            advanced,
            ..
        } = options;
        let write_options = WriteOptions {
            overwrite: *overwrite,
            kms_key: kms_key.clone(),
            advanced: *advanced,
        };
        let mut problems = Vec::new();
        for (first, others) in self.group_writes() {
            let with = others
                .iter()
                .map(|write| (&write.destination, &write.value));
            let with: Vec<_> = with.collect();
            let (destination, value) = (&first.destination, &first.value);
            let writing = destination.write_with(&with, aws, value, &write_options);
            let activity = format!("writing `{}`", first.field.path());
            let written = wait_with_progress(&activity, writing).await;
            match written {
                Ok(written) => {
                    let group = std::iter::once(&first).chain(&others);
                    group.for_each(|write| print_written(write, written.version.as_deref()));
                    let notes = written.notes.iter();
                    notes.for_each(|note| output::eprint_line(&format!("note: {note}")));
                }
                Err(problem) => {
                    let path = first.field.path();
                    problems.push(problem.within(path));
                    problems.extend(others.iter().map(|other| {
                        CliError::failed(format!(
                            "not written, because `{path}` belongs to the same write, which failed"
                        ))
                        .within(other.field.path())
                    }));
                }
            }
        }
        if problems.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        let message = format!(
            "not written: {} of {}",
            problems.len(),
            output::count_values(self.writes.len())
        );
        Err(CliError::list(message, &problems).with_help("correct this and run the command again"))
    }
}

fn print_written(write: &PendingWrite<'_>, version: Option<&str>) {
    let version = version.map_or_else(String::new, |version| format!(", version {version}"));
    output::eprint_line(&format!(
        "{} is written: {}{version}",
        write.field.path(),
        write.destination.source_text()
    ));
}
