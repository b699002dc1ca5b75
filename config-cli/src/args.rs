//! The options that several verbs share, and the program's name.

use std::path::PathBuf;

use clap::Args;

/// The program that cargo runs for `cargo stage`.
pub(crate) const PROGRAM: &str = "cargo-stage";

/// The options that select the configuration's manifest.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ArtifactArguments {
    /// The built artifact: an executable, a Lambda zip, or a folder that contains a `bootstrap`
    ///
    /// Without it, the command builds the package with cargo and reads the result. With it, no Rust
    /// is needed.
    #[arg(long, value_name = "PATH")]
    pub(crate) artifact: Option<PathBuf>,

    /// The configuration's struct, if the artifact has several: Config, or with its module
    /// settings::Config
    #[arg(long, value_name = "NAME")]
    pub(crate) config: Option<String>,

    #[command(flatten)]
    pub(crate) build: BuildArguments,
}

/// The field that a verb concerns.
#[derive(Debug, Args)]
pub(crate) struct FieldArguments {
    /// The field; in a nested struct: mail.password
    pub(crate) field: String,

    /// If the field reads a path: the name of one parameter, relative to the path
    pub(crate) key: Option<String>,
}

/// The options of a build, with the same names as in cargo, except `--cargo-profile`. `clap-cargo`
/// is not used: it has no options for one program, a target or a profile, and its `--package`
/// accepts several packages.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Build")]
pub(crate) struct BuildArguments {
    /// The Cargo.toml of the package or workspace. Default: the nearest one, in the working
    /// directory or above it
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// The package in the workspace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// The binary
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,

    /// The example, instead of a binary
    #[arg(long, value_name = "NAME", conflicts_with = "bin")]
    pub(crate) example: Option<String>,

    /// Build in release mode
    #[arg(short, long)]
    pub(crate) release: bool,

    /// The cargo profile of the build; --profile names a profile of AWS
    #[arg(long, value_name = "NAME", conflicts_with = "release")]
    pub(crate) cargo_profile: Option<String>,

    /// The target triple
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,

    /// Cargo features to enable, separated by commas or spaces
    #[arg(short = 'F', long, value_name = "FEATURES")]
    pub(crate) features: Vec<String>,

    /// Enable all cargo features
    #[arg(long)]
    pub(crate) all_features: bool,

    /// Disable the default cargo features
    #[arg(long)]
    pub(crate) no_default_features: bool,

    /// Fail if Cargo.lock would change
    #[arg(long)]
    pub(crate) locked: bool,

    /// Like --locked, and without network access of cargo
    #[arg(long)]
    pub(crate) frozen: bool,

    /// Print no messages of cargo, except errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The options that select all programs of a workspace, with the same names as in cargo.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Workspace")]
pub(crate) struct WorkspaceArguments {
    /// Every binary of the workspace that loads a configuration
    #[arg(long, conflicts_with_all = ["artifact", "config", "package", "bin", "example"])]
    pub(crate) workspace: bool,

    /// A package to leave out; may be repeated
    #[arg(long, value_name = "NAME", requires = "workspace")]
    pub(crate) exclude: Vec<String>,

    /// Include the examples of the packages
    #[arg(long, requires = "workspace")]
    pub(crate) examples: bool,
}

/// The options that select the package whose Cargo.toml names the identity of a stage. Nothing is
/// built.
#[cfg(feature = "deployed")]
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Package")]
pub(crate) struct ManifestArguments {
    /// The Cargo.toml of the package or workspace. Default: the nearest one, in the working
    /// directory or above it
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// The package in the workspace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,
}

/// The options for the credentials and the region. They take precedence over
/// `[package.metadata.stage.STAGE]` in `Cargo.toml`.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct IdentityArguments {
    /// The region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// A profile of ~/.aws/config
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// A role to assume
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,

    /// The stage's account; credentials of any other account are refused
    #[arg(long, value_name = "NUMBER")]
    pub(crate) account: Option<String>,
}

/// The options that select the package and its app name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Package")]
pub(crate) struct PackageArguments {
    /// The Cargo.toml of the package or workspace. Default: the nearest one, in the working
    /// directory or above it
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// The package in the workspace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// The app that the sealed files are bound to, as in #[config(app = "…")]
    ///
    /// Default: `app` in [package.metadata.stage] of Cargo.toml, else the package's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<String>,
}
