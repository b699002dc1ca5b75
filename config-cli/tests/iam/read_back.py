"""Reads a policy in the format of a deployment tool, with a parser of that format.

Prints the policy as JSON of IAM. In this JSON, each variable that the tool would replace is the placeholder that
`cargo stage iam` prints in its JSON.
"""

import json
import sys

import hcl2
import yaml
from hcl2 import SerializationOptions

PLACEHOLDERS = {
    "AWS::Partition": "aws",
    "AWS::Region": "REGION",
    "AWS::AccountId": "ACCOUNT",
    "Stage": "STAGE",
    "sls:stage": "STAGE",
    "var.stage": "STAGE",
    "data.aws_partition.stage.partition": "aws",
    "data.aws_region.stage.id": "REGION",
    "data.aws_caller_identity.stage.account_id": "ACCOUNT",
}


def fill_placeholders(text):
    for name, placeholder in PLACEHOLDERS.items():
        text = text.replace("${" + name + "}", placeholder)
    assert "${" not in text, text
    return text


class Template(yaml.SafeLoader):
    """YAML with CloudFormation's `!Sub`."""


Template.add_constructor("!Sub", lambda loader, node: fill_placeholders(loader.construct_scalar(node)))


def sam(text):
    (policy,) = yaml.load(text, Template)["Policies"]
    return policy


def serverless(text):
    statements = yaml.load(text, Template)["provider"]["iam"]["role"]["statements"]
    return {"Version": "2012-10-17", "Statement": statements}


def terraform(text):
    blocks = hcl2.loads(text, serialization_options=SerializationOptions(strip_string_quotes=True))
    (document,) = [block["aws_iam_policy_document"] for block in blocks["data"] if "aws_iam_policy_document" in block]
    (statements,) = [body["statement"] for name, body in document.items() if not name.startswith("__")]
    return {"Version": "2012-10-17", "Statement": [read_terraform_statement(statement) for statement in statements]}


def read_terraform_statement(block):
    statement = {"Sid": block["sid"], "Effect": block["effect"], "Action": block["actions"]}
    statement["Resource"] = [fill_placeholders(resource) for resource in block["resources"]]
    for condition in block.get("condition", []):
        values = [fill_placeholders(value) for value in condition["values"]]
        keys = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
        keys[condition["variable"]] = values[0] if len(values) == 1 else values
    return statement


json.dump({"sam": sam, "serverless": serverless, "terraform": terraform}[sys.argv[1]](sys.stdin.read()), sys.stdout)
