//! The answers of Lambda, IAM, CloudFormation and the tagging service about deployed functions,
//! following the models of the services.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answer, Request};

/// The region and the account in the ARNs of the scripted functions.
const PLACE: &str = "eu-west-1:123456789012";

/// A function, as `lambda:GetFunction` describes it.
#[derive(Debug, Clone)]
pub struct Function {
    /// The `Configuration` of the answer.
    pub settings: Value,
    /// The `Code` of the answer.
    pub code: Value,
}

impl Function {
    /// Creates a function with the settings of an x86-64 zip, and without variables.
    pub fn new(name: &str, digest: &str, location: &str) -> Self {
        Self {
            settings: json!({
                "FunctionName": name,
                "FunctionArn": format!("arn:aws:lambda:{PLACE}:function:{name}"),
                "Version": "7",
                "Role": "arn:aws:iam::123456789012:role/payments",
                "Timeout": 15,
                "MemorySize": 256,
                "CodeSha256": digest,
                "CodeSize": 1000,
                "PackageType": "Zip",
                "Architectures": ["x86_64"],
                "State": "Active",
                "LastUpdateStatus": "Successful",
                "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
            }),
            code: json!({ "RepositoryType": "S3", "Location": location }),
        }
    }

    /// Sets one of the settings, such as `Timeout`.
    #[must_use]
    pub fn with(mut self, setting: &str, value: Value) -> Self {
        self.settings[setting] = value;
        self
    }

    /// Sets the environment variables.
    #[must_use]
    pub fn with_variables<'a>(
        self,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let variables: BTreeMap<&str, &str> = variables.into_iter().collect();
        self.with("Environment", json!({ "Variables": variables }))
    }

    fn answer(&self) -> Answer {
        Answer::json(&json!({ "Configuration": self.settings, "Code": self.code }))
    }
}

/// Returns the name of the function that `lambda:GetFunction` requests, and the qualifier. Returns
/// `None` for another operation.
pub fn requested_function(request: &Request) -> Option<(&str, Option<&str>)> {
    let path = request.line.strip_prefix("GET /2015-03-31/functions/")?;
    let path = path.split_whitespace().next()?;
    let (name, query) = path.split_once('?').unwrap_or((path, ""));
    if name.is_empty() || name.contains('/') {
        return None;
    }
    Some((name, query.strip_prefix("Qualifier=")))
}

/// The aliases of a function: the name of each, its main version, and the further versions that it
/// routes to.
pub type Aliases = Vec<(&'static str, &'static str, Vec<&'static str>)>;

/// Answers `lambda:ListAliases` and `lambda:GetAlias` of a function. An alias that is not in
/// `aliases` names version 7. Returns `None` for another operation.
pub fn answer_aliases(
    request: &Request,
    aliases: &BTreeMap<&'static str, Aliases>,
) -> Option<Answer> {
    let path = request.line.strip_prefix("GET /2015-03-31/functions/")?;
    let path = path.split([' ', '?']).next()?;
    let (function, alias) = path.split_once("/aliases")?;
    let describe = |(name, version, others): &(&str, &str, Vec<&str>)| {
        let weights: BTreeMap<&str, f64> = others.iter().map(|other| (*other, 0.1)).collect();
        json!({
            "Name": name, "FunctionVersion": version,
            "RoutingConfig": { "AdditionalVersionWeights": weights },
        })
    };
    let known = aliases.get(function).cloned().unwrap_or_default();
    let name = alias.trim_start_matches('/');
    if name.is_empty() {
        let aliases: Vec<Value> = known.iter().map(describe).collect();
        return Some(Answer::json(&json!({ "Aliases": aliases })));
    }
    let found = known.iter().find(|(alias, ..)| *alias == name);
    Some(match found {
        Some(alias) => Answer::json(&describe(alias)),
        None => Answer::json(&json!({ "Name": name, "FunctionVersion": "7" })),
    })
}

/// Answers `lambda:GetFunction` with the function that `find` returns, or with the error for a
/// function that does not exist. Returns `None` for another operation.
pub fn answer_function(
    request: &Request,
    find: impl FnOnce(&str) -> Option<Function>,
) -> Option<Answer> {
    let (name, _) = requested_function(request)?;
    Some(match find(name) {
        Some(function) => function.answer(),
        None => Answer::error(404, "ResourceNotFoundException", "Function not found"),
    })
}

/// Returns whether the request lists the functions of the account.
pub fn is_function_list(request: &Request) -> bool {
    request.line.starts_with("GET /2015-03-31/functions?")
        || request.line.starts_with("GET /2015-03-31/functions/?")
        || request.line.starts_with("GET /2015-03-31/functions ")
        || request.line.starts_with("GET /2015-03-31/functions/ ")
}

/// Returns one page of the functions of the account. `next` is the marker of the next page.
pub fn list_functions(names: &[String], next: Option<&str>) -> Answer {
    let functions: Vec<Value> = names
        .iter()
        .map(|name| json!({ "FunctionName": name }))
        .collect();
    Answer::json(&json!({ "Functions": functions, "NextMarker": next }))
}

/// One call of `iam:SimulatePrincipalPolicy`: the request that it simulates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The role.
    pub role: String,
    /// The action.
    pub action: String,
    /// The resources.
    pub resources: Vec<String>,
    /// The condition keys, each with its first value.
    pub context: BTreeMap<String, String>,
}

impl Simulated {
    /// Reads the request. Returns `None` for another operation.
    pub fn from_request(request: &Request) -> Option<Self> {
        if request.operation != "SimulatePrincipalPolicy" {
            return None;
        }
        let text = |name: &str| request.body[name].as_str().map(str::to_owned);
        let list = |name: &str| -> Vec<String> {
            (1..)
                .map_while(|index| text(&format!("{name}.member.{index}")))
                .collect()
        };
        let context = (1..).map_while(|index| {
            let entry = format!("ContextEntries.member.{index}");
            let key = text(&format!("{entry}.ContextKeyName"))?;
            Some((key, text(&format!("{entry}.ContextKeyValues.member.1"))?))
        });
        Some(Self {
            role: text("PolicySourceArn")?,
            action: text("ActionNames.member.1")?,
            resources: list("ResourceArns"),
            context: context.collect(),
        })
    }

    /// Answers with a decision for each resource: `allowed`, `implicitDeny` or `explicitDeny`.
    pub fn answer(&self, decide: impl Fn(&Self, &str) -> &'static str) -> Answer {
        self.answer_with(decide, "", "")
    }

    /// Answers like [`answer`](Self::answer), with the elements `in_each` in the result of each
    /// resource, and the elements `in_all` in the result of the action.
    pub fn answer_with(
        &self,
        decide: impl Fn(&Self, &str) -> &'static str,
        in_each: &str,
        in_all: &str,
    ) -> Answer {
        let specific: String = self
            .resources
            .iter()
            .map(|resource| {
                format!(
                    "<member><EvalResourceName>{resource}</EvalResourceName>\
                     <EvalResourceDecision>{}</EvalResourceDecision>{in_each}</member>",
                    decide(self, resource)
                )
            })
            .collect();
        let results = format!(
            "<member><EvalActionName>{}</EvalActionName><EvalResourceName>*</EvalResourceName>\
             <EvalDecision>implicitDeny</EvalDecision>\
             <ResourceSpecificResults>{specific}</ResourceSpecificResults>{in_all}</member>",
            self.action
        );
        query_answer(
            "SimulatePrincipalPolicy",
            &format!(
                "<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>"
            ),
        )
    }
}

/// Answers `cloudformation:ListStackResources` with these types and physical IDs.
pub fn list_stack(resources: &[(&str, &str)], next: Option<&str>) -> Answer {
    let members: String = resources
        .iter()
        .map(|(kind, id)| {
            format!(
                "<member><ResourceType>{kind}</ResourceType>\
                 <PhysicalResourceId>{id}</PhysicalResourceId>\
                 <LogicalResourceId>L</LogicalResourceId>\
                 <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp>\
                 <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
            )
        })
        .collect();
    let next = next.map(|next| format!("<NextToken>{next}</NextToken>"));
    let body = format!(
        "<StackResourceSummaries>{members}</StackResourceSummaries>{}",
        next.unwrap_or_default()
    );
    query_answer("ListStackResources", &body)
}

/// Answers `tag:GetResources` with these ARNs.
pub fn list_tagged(arns: &[&str], next: &str) -> Answer {
    let resources: Vec<Value> = arns
        .iter()
        .map(|arn| json!({ "ResourceARN": arn }))
        .collect();
    Answer::json(&json!({ "ResourceTagMappingList": resources, "PaginationToken": next }))
}

/// Returns an error of a service that answers in XML.
pub fn query_error(status: u16, code: &str, message: &str) -> Answer {
    Answer::Whole {
        status,
        body: format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
        ),
    }
}

fn query_answer(operation: &str, result: &str) -> Answer {
    Answer::Whole {
        status: 200,
        body: format!(
            "<{operation}Response><{operation}Result>{result}</{operation}Result>\
             </{operation}Response>"
        ),
    }
}
