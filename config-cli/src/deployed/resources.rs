//! The functions of a stack, of a tag, or of a whole account.

use std::collections::BTreeSet;
use std::str::FromStr;

use aws_sdk_lambda::types::FunctionConfiguration;
use stage_config_grammar::arn::Arn;

use super::call::{CallFailure, call};
use super::clients::FunctionClients;
use super::function::has_own_runtime;
use super::function_name::FunctionName;
use crate::usage::ArgumentProblem;

/// The maximum number of stacks that are read: one stack with its nested stacks.
const MAX_STACKS: usize = 200;

/// A tag in the command line: `KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionTag {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl FromStr for FunctionTag {
    type Err = ArgumentProblem;

    fn from_str(text: &str) -> Result<Self, ArgumentProblem> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() && key.len() <= 128 && value.len() <= 256 => {
                Ok(Self {
                    key: key.to_owned(),
                    value: value.to_owned(),
                })
            }
            _ => Err(ArgumentProblem(
                "a tag has the form KEY=VALUE, as in app=payments".to_owned(),
            )),
        }
    }
}

impl FunctionClients {
    /// Lists the functions of a stack and of its nested stacks. The call is
    /// `cloudformation:ListStackResources`. A function with aliases in the stack is listed by its
    /// aliases, because its callers name the aliases.
    pub(crate) async fn list_stack_functions(
        &self,
        stack: &str,
    ) -> Result<Vec<FunctionName>, CallFailure> {
        let mut stacks = vec![stack.to_owned()];
        let mut functions = FoundFunctions::default();
        let mut next = 0;
        while let Some(stack) = stacks.get(next).cloned() {
            next += 1;
            if next > MAX_STACKS {
                return Err(CallFailure::too_many_stacks(MAX_STACKS));
            }
            let mut page = None;
            loop {
                let answer = call(
                    "cloudformation:ListStackResources",
                    &format!("the stack {stack}"),
                    || {
                        self.stacks
                            .list_stack_resources()
                            .stack_name(&stack)
                            .set_next_token(page.clone())
                            .send()
                    },
                )
                .await?;
                for resource in answer.stack_resource_summaries() {
                    let Some(id) = resource.physical_resource_id() else {
                        continue;
                    };
                    match resource.resource_type().unwrap_or_default() {
                        "AWS::CloudFormation::Stack" if !stacks.iter().any(|one| one == id) => {
                            stacks.push(id.to_owned());
                        }
                        "AWS::Lambda::Function" | "AWS::Lambda::Alias" => functions.add(id),
                        _ => {}
                    }
                }
                page = answer.next_token().map(str::to_owned);
                if page.is_none() {
                    break;
                }
            }
        }
        Ok(functions.into_names())
    }

    /// Lists the functions with a tag. The call is `tag:GetResources`.
    pub(crate) async fn list_tagged_functions(
        &self,
        tag: &FunctionTag,
    ) -> Result<Vec<FunctionName>, CallFailure> {
        use aws_sdk_resourcegroupstagging::types::TagFilter;
        let filter = TagFilter::builder()
            .key(&tag.key)
            .values(&tag.value)
            .build();
        let mut functions = FoundFunctions::default();
        let mut page = None;
        loop {
            let answer = call("tag:GetResources", "the tag", || {
                self.tags
                    .get_resources()
                    .resource_type_filters("lambda:function")
                    .tag_filters(filter.clone())
                    .set_pagination_token(page.clone())
                    .send()
            })
            .await?;
            for resource in answer.resource_tag_mapping_list() {
                functions.add(resource.resource_arn().unwrap_or_default());
            }
            page = answer.pagination_token().map(str::to_owned);
            if page.as_deref().is_none_or(str::is_empty) {
                return Ok(functions.into_names());
            }
        }
    }

    /// Lists the functions that may be Rust programs, in the account and the region. The call is
    /// `lambda:ListFunctions`.
    pub(crate) async fn list_functions(&self) -> Result<Vec<FunctionName>, CallFailure> {
        let mut functions = FoundFunctions::default();
        let mut page = None;
        loop {
            let answer = call("lambda:ListFunctions", "the functions", || {
                self.lambda.list_functions().set_marker(page.clone()).send()
            })
            .await?;
            let is_candidate =
                |function: &&FunctionConfiguration| has_own_runtime(function.runtime());
            for function in answer.functions().iter().filter(is_candidate) {
                functions.add(function.function_name().unwrap_or_default());
            }
            page = answer.next_marker().map(str::to_owned);
            if page.as_deref().is_none_or(str::is_empty) {
                return Ok(functions.into_names());
            }
        }
    }
}

/// Functions and their aliases, each once.
#[derive(Default)]
struct FoundFunctions {
    names: BTreeSet<(String, Option<String>)>,
}

impl FoundFunctions {
    /// Adds a function by its name, its ARN, or the ARN of an alias. Ignores any other text.
    fn add(&mut self, id: &str) {
        if let Ok(name) = id.parse::<FunctionName>() {
            self.names.insert((name.name, name.qualifier));
        }
    }

    fn into_names(self) -> Vec<FunctionName> {
        let has_alias = |name: &str| {
            let mut others = self.names.iter();
            others.any(|(other, qualifier)| other == name && qualifier.is_some())
        };
        let is_wanted =
            |(name, qualifier): &&(String, Option<String>)| qualifier.is_some() || !has_alias(name);
        let names = self.names.iter().filter(is_wanted);
        names
            .map(|(name, qualifier)| FunctionName {
                name: name.clone(),
                qualifier: qualifier.clone(),
                location: None,
            })
            .collect()
    }
}

/// Returns the account of an ARN.
pub(crate) fn arn_account(arn: &str) -> Option<&str> {
    Arn::parse(arn)?.account
}
