//! `cargo stage who`: lists the deployed functions that read an address, and prints when each
//! function uses a new value.

mod readers;
mod report;

use std::process::ExitCode;

use clap::Args;
use futures_util::StreamExt as _;
use stage_config_grammar::source::Source;

use crate::args::{IdentityArguments, ManifestArguments};
use crate::deployed::SelectionArguments;
use crate::deployed::{CodeFailure, FunctionSession, SelectedFunction};
use crate::error::CliError;
use crate::iam::{AwsLocation, resource_names};
use crate::package::{Package, StageSettings};
use crate::progress::wait_with_progress;
use crate::{output, redact};
use readers::{Wanted, find_readers};
use report::{FunctionReaders, WhoReport};

/// The maximum number of functions that are read at the same time.
const CONCURRENT: usize = 4;

const ABOUT: &str = "\
List the deployed functions that read an address: a parameter, a path, a secret or a configuration \
of AppConfig.

The command reads the code of the selected functions. Without a selection, it reads the code of \
each function of the account and the region, if the function may be a Rust program. Of each \
function it reads $LATEST and the versions that the aliases name. For each field that reads the address in the stage of the function, it prints when \
the function uses a new value: within the time of `refresh`, after its next deployment, or never \
if the source names a version. The command reads no value, and shows no variable of a function.

A function whose code cannot be read, such as a container image, is listed as not checked, and \
the exit status is 2.";

const EXAMPLES: &str = "\
Examples:
  # Who must be deployed again after this change?
  cargo stage who /payments/prod/stripe_key --stage prod
  # Only the functions of a stack
  cargo stage who secret:prod/db --stack shop

Exit status:
  0  every function was read
  2  a function could not be checked completely, or wrong usage";

/// List the deployed functions that read an address
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_long_help = EXAMPLES)]
pub(crate) struct WhoArguments {
    /// The source: /payments/prod/key, /payments/prod/*, secret:prod/db#key,
    /// appconfig:APP/ENV/PROFILE, or an ARN
    source: String,

    /// Only the functions of this stage; the command uses the stage's identity in Cargo.toml
    #[arg(long)]
    stage: Option<String>,

    /// Print JSON, for programs
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    selection: SelectionArguments,

    #[command(flatten)]
    manifest: ManifestArguments,

    #[command(flatten)]
    identity: IdentityArguments,
}

pub(crate) async fn run(arguments: WhoArguments) -> Result<ExitCode, CliError> {
    let source = parse_source(&arguments.source)?;
    let stage = arguments.stage.as_deref();
    let settings = find_settings(&arguments)?;
    let (identity, named) = (&arguments.identity, &arguments.selection.function);
    let session = FunctionSession::connect(stage, identity, &settings, named).await?;
    let (selected, unread) = select(&session, &arguments.selection).await?;

    let activity = format!("reading {} functions", selected.len());
    let scan = Scan {
        session: &session,
        source: &source,
        stage,
    };
    let mut functions: Vec<FunctionReaders> = wait_with_progress(&activity, async {
        let reads = futures_util::stream::iter(&selected).map(|function| scan.read(function));
        let read = reads.buffered(CONCURRENT).collect::<Vec<_>>().await;
        read.into_iter().flatten().collect()
    })
    .await;
    functions.extend(unread);
    functions.retain(|function| !function.readers.is_empty() || function.problem.is_some());
    let report = WhoReport::new(redact::display_source(&source), functions);
    if arguments.json {
        output::print_json(&report)?;
    } else {
        report.print()?;
    }
    Ok(ExitCode::from(report.exit_status()))
}

/// Parses the source that the user typed. The user may have typed a secret value by mistake, so an
/// error does not repeat the text.
fn parse_source(text: &str) -> Result<Source, CliError> {
    if text.is_empty() {
        return Err(
            CliError::undetermined("the source in the command line is empty")
                .with_help("is a variable of the shell unset?"),
        );
    }
    let error = || {
        CliError::undetermined("the argument is not a source in AWS").with_help(
            "write it without placeholders: /payments/prod/key, /payments/prod/*, \
             secret:prod/db#key, appconfig:APP/ENV/PROFILE, or an ARN",
        )
    };
    let source = Source::parse(text, &[]).map_err(|_| error())?;
    if resource_names(&AwsLocation::default(), &source.address).is_empty() {
        return Err(error());
    }
    Ok(source)
}

/// Returns the settings of the stage in Cargo.toml. Without a stage, no setting applies.
fn find_settings(arguments: &WhoArguments) -> Result<StageSettings, CliError> {
    let ManifestArguments {
        manifest_path,
        package,
    } = &arguments.manifest;
    let Some(stage) = &arguments.stage else {
        return Ok(StageSettings::default());
    };
    let package = (manifest_path.as_deref(), package.as_deref());
    Package::find_stage_settings(stage, package, None).map_err(CliError::into_undetermined)
}

/// Returns the selected functions, or without a selection those of the account and the region, each
/// with its aliases. Also returns the functions whose aliases could not be read.
async fn select(
    session: &FunctionSession,
    selection: &SelectionArguments,
) -> Result<(Vec<SelectedFunction>, Vec<FunctionReaders>), CliError> {
    let functions = if selection.is_empty() {
        let listing = session.clients.list_functions();
        let listed = wait_with_progress("listing the functions", listing).await;
        let listed = listed.map_err(|failure| failure.problem)?;
        let to_selected = |name| SelectedFunction {
            name,
            is_named: false,
        };
        listed.into_iter().map(to_selected).collect()
    } else {
        session.select(selection).await?
    };
    let expansion = futures_util::stream::iter(functions).map(async |function| {
        let names = session.clients.expand_aliases(&function.name).await;
        let names = names.map_err(|failure| (failure.is_missing, failure.problem));
        (function, names)
    });
    let expansion = expansion.buffered(CONCURRENT).collect::<Vec<_>>();
    let (mut selected, mut unread) = (Vec::new(), Vec::new());
    for (function, names) in wait_with_progress("listing the aliases", expansion).await {
        match names {
            Ok(names) => selected.extend(names.into_iter().map(|name| SelectedFunction {
                name,
                is_named: function.is_named,
            })),
            // The function, or the alias that the user named, does not exist. `Scan::read` reports
            // this if the user named the function, and ignores the function otherwise.
            Err((true, _)) => selected.push(function),
            Err((false, problem)) => {
                unread.push(FunctionReaders::unread(
                    &function.name.to_string(),
                    &problem,
                ));
                selected.push(function);
            }
        }
    }
    Ok((selected, unread))
}

/// Reads functions, and searches their manifests.
struct Scan<'a> {
    session: &'a FunctionSession,
    source: &'a Source,
    stage: Option<&'a str>,
}

impl Scan<'_> {
    /// Reads a function, and returns its fields that read the address. Returns `None` for a
    /// function that the user did not name, if the function cannot be a Rust program or was
    /// deleted.
    async fn read(&self, selected: &SelectedFunction) -> Option<FunctionReaders> {
        let name = selected.name.to_string();
        let unread = |problem: CliError| Some(FunctionReaders::unread(&name, &problem));
        let function = match self.session.clients.fetch_function(&selected.name).await {
            Ok(function) => function,
            Err(failure) if failure.is_missing && !selected.is_named => return None,
            Err(failure) => return unread(failure.problem),
        };
        if !function.has_own_runtime && !selected.is_named {
            return None;
        }
        let program = match self.session.clients.read_program(&function).await {
            Ok(program) => program,
            Err(CodeFailure::NotAProgram(_)) if !selected.is_named => return None,
            Err(failure) => return unread(failure.into_problem()),
        };
        let schemas = match program.decode_schemas() {
            Ok(schemas) => schemas,
            Err(error) => return unread(error.into()),
        };
        let location = AwsLocation {
            account: Some(function.account.clone()),
            region: Some(function.region.clone()),
            partition: Some(function.partition.clone()),
        };
        let wanted = Wanted {
            source: self.source,
            stage: self.stage,
            location: &location,
        };
        let found = find_readers(&wanted, &schemas, &function.variables);
        Some(FunctionReaders {
            function: name,
            problem: found.problem,
            readers: found.readers,
        })
    }
}
