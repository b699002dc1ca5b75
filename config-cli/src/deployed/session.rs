//! The connection of a command that reads deployed functions, and the functions that it reads.

use stage_config_core::manage::AwsContext;

use super::call::CallFailure;
use super::clients::FunctionClients;
use super::function_name::{FunctionLocation, FunctionName};
use super::selection::SelectionArguments;
use crate::args::IdentityArguments;
use crate::error::CliError;
use crate::package::StageSettings;
use crate::{identity, redact};

/// A connection with one identity.
pub(crate) struct FunctionSession {
    pub(crate) aws: AwsContext,
    pub(crate) clients: FunctionClients,
    pub(crate) settings: StageSettings,
}

/// A function to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SelectedFunction {
    pub(crate) name: FunctionName,
    /// Whether the arguments or Cargo.toml name the function itself. Otherwise, the function is one
    /// of a stack, of a tag or of the account, and may have no configuration.
    pub(crate) is_named: bool,
}

impl FunctionSession {
    /// Connects with the identity of a stage: that of the options, or else that of `settings`. The
    /// ARNs in `functions` set the region and the account if the options and `settings` do not name
    /// them. An ARN that names another region or account is an error.
    pub(crate) async fn connect(
        stage: Option<&str>,
        options: &IdentityArguments,
        settings: &StageSettings,
        functions: &[FunctionName],
    ) -> Result<Self, CliError> {
        let settings = StageSettings::from_options(options).or(settings);
        let settings = add_locations(settings, functions)?;
        identity::check_settings(&settings)?;
        let place = match stage {
            Some(stage) => format!("the stage `{stage}`"),
            None => "the function".to_owned(),
        };
        let aws = identity::connect(&place, &settings, options.profile.is_some()).await?;
        Ok(Self {
            clients: FunctionClients::new(&aws)?,
            aws,
            settings,
        })
    }

    /// Returns the selected functions.
    pub(crate) async fn select(
        &self,
        selection: &SelectionArguments,
    ) -> Result<Vec<SelectedFunction>, CliError> {
        let mut found = Vec::new();
        for stack in &selection.stack {
            let listed = self.clients.list_stack_functions(stack).await;
            found.extend(listed.map_err(|failure| describe_missing_stack(failure, stack))?);
        }
        for tag in &selection.tag {
            let listed = self.clients.list_tagged_functions(tag).await;
            found.extend(listed.map_err(|failure| failure.problem)?);
        }
        if found.is_empty() && selection.function.is_empty() && !selection.is_empty() {
            return Err(
                CliError::undetermined("the stack or the tag has no Lambda function")
                    .with_help("check its name, the region and the account"),
            );
        }
        let named = selection.function.iter().cloned();
        let named = named.map(|name| SelectedFunction {
            name,
            is_named: true,
        });
        let found = found.into_iter().map(|name| SelectedFunction {
            name,
            is_named: false,
        });
        let mut selected: Vec<SelectedFunction> = Vec::new();
        for function in named.chain(found) {
            let same = |one: &SelectedFunction| {
                (&one.name.name, &one.name.qualifier)
                    == (&function.name.name, &function.name.qualifier)
            };
            if !selected.iter().any(same) {
                selected.push(function);
            }
        }
        Ok(selected)
    }
}

/// Adds the region and the account of the functions' ARNs to the settings. Returns an error if the
/// settings, or another ARN, name a different region or account.
fn add_locations(
    mut settings: StageSettings,
    functions: &[FunctionName],
) -> Result<StageSettings, CliError> {
    let locations = functions.iter().filter_map(|one| one.location.as_ref());
    for FunctionLocation { region, account } in locations {
        for (own, named, what) in [
            (&mut settings.region, region, "region"),
            (&mut settings.account, account, "account"),
        ] {
            match own {
                Some(own) if own != named => {
                    return Err(CliError::undetermined(format!(
                        "the function is in the {what} {named}, but another ARN, an option or \
                         Cargo.toml names {own}"
                    ))
                    .with_help("check the ARN, the options, and Cargo.toml"));
                }
                _ => *own = Some(named.clone()),
            }
        }
    }
    Ok(settings)
}

fn describe_missing_stack(failure: CallFailure, stack: &str) -> CliError {
    if !failure.is_missing {
        return failure.problem;
    }
    let message = redact::redact_word(&format!("there is no stack {stack:?}"), stack);
    CliError::undetermined(message).with_help("check its name, the region and the account")
}
