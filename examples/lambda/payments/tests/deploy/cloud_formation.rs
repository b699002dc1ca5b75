//! Checks the function in a template of CloudFormation. The translator of SAM, the CDK or
//! Serverless has written the template.

use serde_json::{Value, json};

use crate::stage::statements;

/// Asserts that the template has one function: `payments` of the stage `prod`, on arm64, with the
/// permissions of the stage.
#[track_caller]
pub(crate) fn assert_payments(template: &Value) {
    let template = resolve(template);
    let function = &find(&template, "AWS::Lambda::Function")["Properties"];
    assert_eq!(function["FunctionName"], "payments-prod");
    assert_eq!(function["Runtime"], "provided.al2023");
    assert_eq!(function["Architectures"], json!(["arm64"]));
    assert_eq!(function["Environment"]["Variables"]["stage"], "prod");

    let mut found = Vec::new();
    collect_statements(&template, &mut found);
    for expected in statements().as_array().expect("a policy has statements") {
        let sid = &expected["Sid"];
        let same: Vec<_> = found
            .iter()
            .filter(|statement| statement["Sid"] == *sid)
            .collect();
        assert_eq!(same, [&unwrap_single(expected)], "{sid}");
    }
    // The other statements, for the logs and for the bucket of the deployment, have no `Sid`.
    let named = found
        .iter()
        .filter(|statement| !statement["Sid"].is_null())
        .count();
    assert_eq!(named, 2, "{found:#?}");
}

fn find<'a>(template: &'a Value, kind: &str) -> &'a Value {
    let resources = template["Resources"]
        .as_object()
        .expect("a template has resources");
    let mut found = resources
        .values()
        .filter(|resource| resource["Type"] == kind);
    let resource = found
        .next()
        .unwrap_or_else(|| panic!("no {kind} in {template:#}"));
    assert!(found.next().is_none(), "several {kind} in {template:#}");
    resource
}

fn collect_statements(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Array(statements)) = map.get("Statement") {
                found.extend(statements.iter().map(unwrap_single));
            }
            map.values()
                .for_each(|value| collect_statements(value, found));
        }
        Value::Array(list) => list
            .iter()
            .for_each(|value| collect_statements(value, found)),
        _ => {}
    }
}

/// Replaces each list of one item in a statement by the item. IAM reads both in the same way.
fn unwrap_single(statement: &Value) -> Value {
    let mut statement = statement.clone();
    for value in statement
        .as_object_mut()
        .expect("a statement is an object")
        .values_mut()
    {
        if let Value::Array(list) = value
            && let [only] = &list[..]
        {
            *value = only.clone();
        }
    }
    statement
}

/// Replaces `Ref`, `Fn::Sub` and `Fn::Join` by their values in the stage `prod`.
fn resolve(value: &Value) -> Value {
    match value {
        Value::Object(map) => match map.iter().next() {
            Some((name, Value::String(target))) if name == "Ref" => parameter(target).into(),
            Some((name, Value::String(text))) if name == "Fn::Sub" => substitute(text).into(),
            Some((name, join)) if name == "Fn::Join" => {
                let join = resolve(join);
                let parts = join[1].as_array().expect("a join has parts");
                let parts: Option<Vec<&str>> = parts.iter().map(Value::as_str).collect();
                match (join[0].as_str(), parts) {
                    (Some(separator), Some(parts)) => parts.join(separator).into(),
                    _ => value.clone(),
                }
            }
            _ => map
                .iter()
                .map(|(name, value)| (name.clone(), resolve(value)))
                .collect(),
        },
        Value::Array(list) => list.iter().map(resolve).collect(),
        _ => value.clone(),
    }
}

const PARAMETERS: [(&str, &str); 4] = [
    ("AWS::Partition", "aws"),
    ("AWS::Region", "REGION"),
    ("AWS::AccountId", "ACCOUNT"),
    ("Stage", "prod"),
];

fn parameter(name: &str) -> String {
    let found = PARAMETERS.into_iter().find(|(known, _)| *known == name);
    found.map_or(name, |(_, value)| value).to_owned()
}

fn substitute(text: &str) -> String {
    PARAMETERS
        .into_iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), value)
        })
}
