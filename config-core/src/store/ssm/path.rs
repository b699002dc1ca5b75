//! Reads all parameters below a path, one page after another.

use super::super::{Failed, Found, Outcome, Request};
use crate::{
    aws::classify,
    failure::FailureKind,
    outcome::{ParameterMap, write_parameter_map, write_string_list},
    read_mode::ReadMode,
};
use aws_sdk_ssm::{
    Client,
    operation::get_parameters_by_path::GetParametersByPathOutput,
    types::{Parameter, ParameterType},
};
use stage_config_grammar::source::Address;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// The size of a page: the maximum of Parameter Store (API reference, `GetParametersByPath`).
const PAGE_SIZE: i32 = 10;
/// The maximum number of pages of a path. All functions of an account and region share 40 calls a
/// second by default, so a path with more pages would throttle other functions.
const MAX_PAGES: usize = 100;

/// For each path, the pages that have already been read. A retry reads only the remaining pages, so
/// that it uses less of the quota, and reaches the end of a path that takes longer than one
/// attempt. One path in two regions, or read with two roles, has two addresses.
#[derive(Default)]
pub(super) struct PathReads(Mutex<HashMap<Address, PathPages>>);

/// The pages of one path.
#[derive(Default)]
struct PathPages {
    count: usize,
    /// The token of the next page; `None` before the first page and after the last one.
    next: Option<String>,
    parameters: ParameterMap,
    /// The ARN of one parameter, for the check of the account.
    arn: Option<String>,
    /// Whether at least one parameter is not a SecureString.
    has_plain: bool,
}

impl PathReads {
    /// Reads the remaining pages of a path. A mode that reads no values stops at the first page
    /// with a parameter.
    pub(super) async fn read(&self, client: &Client, request: &Request, mode: ReadMode) -> Outcome {
        let address = request.parsed_address();
        let outcome = self
            .read_pages(client, address, mode)
            .await
            .unwrap_or_else(|outcome| outcome);
        if !outcome.is_transient() {
            self.lock().remove(address);
        }
        outcome
    }

    async fn read_pages(
        &self,
        client: &Client,
        address: &Address,
        mode: ReadMode,
    ) -> Result<Outcome, Outcome> {
        let Address::ParameterPath { path, .. } = address else {
            return Err(new_invalid("the request has no path"));
        };
        loop {
            let token = self
                .lock()
                .get(address)
                .and_then(|pages| pages.next.clone());
            let call = client
                .get_parameters_by_path()
                .path(path)
                .recursive(true)
                .with_decryption(mode == ReadMode::Values)
                .max_results(PAGE_SIZE)
                .set_next_token(token);
            let page = call.send().await.map_err(|error| classify(&error))?;

            // The lock is not held while a request is sent.
            let mut paths = self.lock();
            let pages = paths.entry(address.clone()).or_default();
            let is_last = pages.add(path, page)?;
            if mode != ReadMode::Values && !pages.parameters.is_empty() {
                return Ok(pages.add_metadata(Found::new_exists_only()));
            }
            if is_last {
                return Ok(pages.to_outcome());
            }
            if pages.count == MAX_PAGES {
                return Err(new_too_large(pages.parameters.len()));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, PathPages>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PathPages {
    /// Adds a page. Returns whether it is the last one.
    fn add(&mut self, path: &str, page: GetParametersByPathOutput) -> Result<bool, Outcome> {
        self.count += 1;
        self.next = page.next_token.filter(|token| !token.is_empty());
        let mut result = Ok(());
        for parameter in page.parameters.unwrap_or_default() {
            // After an error, the loop only wipes the other values.
            result = self.add_parameter(path, parameter, result);
        }
        result.map(|()| self.next.is_none())
    }

    fn add_parameter(
        &mut self,
        path: &str,
        parameter: Parameter,
        result: Result<(), Outcome>,
    ) -> Result<(), Outcome> {
        let value = parameter.value.map(Zeroizing::new);
        result?;
        let is_list = parameter.r#type == Some(ParameterType::StringList);
        let value = value.and_then(|value| {
            if is_list {
                write_string_list(value)
            } else {
                Some(value)
            }
        });

        let name = parameter.name.unwrap_or_default();
        let key = name
            .strip_prefix(path)
            .and_then(|rest| rest.strip_prefix('/'))
            .filter(|key| !key.is_empty());
        let (Some(key), Some(value)) = (key, value) else {
            return Err(new_invalid(
                "the answer contains a parameter outside of the path, or one without a value",
            ));
        };
        if self.parameters.insert(key.to_owned(), value).is_some() {
            return Err(new_invalid("the answer contains one parameter twice"));
        }
        self.has_plain |= parameter.r#type != Some(ParameterType::SecureString);
        self.arn = self.arn.take().or(parameter.arn);
        Ok(())
    }

    /// Returns the map, or *missing* if no parameter is below the path.
    fn to_outcome(&self) -> Outcome {
        if self.parameters.is_empty() {
            return Outcome::Missing;
        }
        match write_parameter_map(&self.parameters) {
            Some(text) => self.add_metadata(Found::from_parameter_map(text)),
            None => new_invalid("the parameters cannot be written as JSON"),
        }
    }

    /// Adds the ARN of one parameter, and whether the map is encrypted. The map is encrypted if all
    /// parameters are SecureStrings. This is unknown if pages remain and all parameters so far are
    /// SecureStrings.
    fn add_metadata(&self, found: Found) -> Outcome {
        let is_complete = self.next.is_none();
        let found = Found {
            encrypted: (self.has_plain || is_complete).then_some(!self.has_plain),
            ..found
        };
        Outcome::Found(match &self.arn {
            Some(arn) => found.with_arn(arn),
            None => found,
        })
    }
}

fn new_invalid(detail: &str) -> Outcome {
    Outcome::Failed(Failed::new(FailureKind::InvalidAnswer, detail))
}

fn new_too_large(count: usize) -> Outcome {
    let detail = format!("the path has more than {MAX_PAGES} pages; {count} parameters were read");
    let help = "name a path with fewer parameters, or put the values into one parameter or secret \
                as JSON";
    Outcome::Failed(Failed::new(FailureKind::InvalidRequest, detail).with_help(help))
}
