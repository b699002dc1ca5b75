//! The load that `cargo stage check --run` requests: the program checks its own configuration.
//!
//! The command runs the built program with a variable that names a configuration, a stage and a
//! report file. The first load of that configuration checks the stage with the program's own types
//! and stores, writes the report, and ends the process. Loads of other configurations run as usual,
//! because the program may need them before it loads the requested configuration.
//!
//! Each of the submodules `request` and `report` contains both the writer and the reader of its
//! format.

mod report;
mod request;

pub use report::ProgramReport;
#[cfg(feature = "manage")]
pub use report::{ParseError, ProgramError, ProgramFailure, ProgramField, ProgramOutcome};
pub use request::CheckRequest;

use crate::{
    error::{Error, ErrorKind},
    platform::Platform,
    report::Report,
    schema::Schema,
};
use std::{
    convert::Infallible,
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The name of the variable that holds the request.
pub const VARIABLE: &str = "STAGE_CONFIG_CHECK_RUN";

/// The shortest timeout of the check. The program's own timeout may be too short for the network of
/// a laptop.
pub(crate) const MIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns whether this process has to check one of its configurations.
#[cfg(feature = "lambda")]
pub(crate) fn is_requested() -> bool {
    read_variable().is_some()
}

fn read_variable() -> Option<OsString> {
    std::env::var_os(VARIABLE).filter(|text| !text.is_empty())
}

/// Returns the request if this process has to check this configuration.
///
/// # Errors
///
/// Returns [`ErrorKind::Options`] if the variable is set in Lambda, where the check would end the
/// function. Also returns it if the text of the variable is not a request, or is a request of
/// another version of the format.
pub(crate) fn find_request(schema: &Schema) -> Result<Option<CheckRequest>, Error> {
    let Some(text) = read_variable() else {
        return Ok(None);
    };
    let refuse = |detail: &str, help: String| {
        Err(Error::new(
            ErrorKind::Options,
            schema,
            format!("`{VARIABLE}` {detail}"),
            help,
        ))
    };
    let unset = format!("unset `{VARIABLE}`: only `cargo stage check --run` sets it");
    if Platform::current().is_lambda() {
        return refuse(
            "is set in Lambda, where the check would end the function",
            unset,
        );
    }
    match text.to_str().map(CheckRequest::parse) {
        Some(Ok(request)) => Ok(Some(request).filter(|request| request.is_for(schema))),
        Some(Err(Some(_))) => refuse(
            "was set by a version of `cargo stage` that this program does not support",
            "build the program and `cargo stage` from the same version of stage-config".to_owned(),
        ),
        _ => refuse("is not a request of `cargo stage check --run`", unset),
    }
}

/// Whether a load of this process has created the report.
static HAS_CREATED: Mutex<bool> = Mutex::new(false);

/// Runs the check, writes its report, and ends the process. If another load of this process already
/// runs the check, waits until that load ends the process.
///
/// # Errors
///
/// Returns an error if the report cannot be written, or if another process has created it.
pub(crate) async fn check_and_exit(
    schema: &Schema,
    request: CheckRequest,
    check: impl Future<Output = Result<Report, Error>>,
) -> Result<Infallible, Error> {
    let failed = |error: io::Error| {
        let detail = format!(
            "the report of `cargo stage check --run` cannot be written: {}",
            error.kind()
        );
        Error::new(
            ErrorKind::Options,
            schema,
            detail,
            "run `cargo stage check --run` again",
        )
    };
    // An empty file tells the command that the check began.
    let mut file = match create_report(&request) {
        Ok(Some(file)) => file,
        Ok(None) => std::future::pending().await,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Error::new(
                ErrorKind::Options,
                schema,
                "another process has created the report of `cargo stage check --run`",
                "start the program once: only its first load of the configuration is checked",
            ));
        }
        Err(error) => return Err(failed(error)),
    };
    let report = ProgramReport::new(&request, &check.await);
    let json = serde_json::to_vec(&report).map_err(|error| failed(error.into()))?;
    file.write_all(&json).map_err(failed)?;
    drop(file);

    std::process::exit(0)
}

/// Creates the report file. Fails if the file exists, so a symbolic link is never followed. Returns
/// `None` if another load of this process has created the file.
fn create_report(request: &CheckRequest) -> io::Result<Option<File>> {
    // A load waits here only while another one creates the file.
    let mut has_created = HAS_CREATED.lock().unwrap_or_else(PoisonError::into_inner);
    if *has_created {
        return Ok(None);
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&request.report)?;
    *has_created = true;
    Ok(Some(file))
}
