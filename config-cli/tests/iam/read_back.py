"""Reads a policy in the words of a deployment tool, by that tool's own grammar, and prints IAM's JSON.

What the tool would fill in becomes the placeholder that the JSON has.
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
    "data.aws_partition.stage.partition": "aws",
    "data.aws_region.stage.id": "REGION",
    "data.aws_caller_identity.stage.account_id": "ACCOUNT",
}


def filled(text):
    for name, placeholder in PLACEHOLDERS.items():
        text = text.replace("${" + name + "}", placeholder)
    assert "${" not in text, text
    return text


class Template(yaml.SafeLoader):
    """YAML with CloudFormation's `!Sub`."""


Template.add_constructor("!Sub", lambda loader, node: filled(loader.construct_scalar(node)))


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
    return {"Version": "2012-10-17", "Statement": [of_terraform(statement) for statement in statements]}


def of_terraform(block):
    statement = {"Sid": block["sid"], "Effect": block["effect"], "Action": block["actions"]}
    statement["Resource"] = [filled(resource) for resource in block["resources"]]
    for condition in block.get("condition", []):
        values = [filled(value) for value in condition["values"]]
        keys = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
        keys[condition["variable"]] = values[0] if len(values) == 1 else values
    return statement


json.dump({"sam": sam, "serverless": serverless, "terraform": terraform}[sys.argv[1]](sys.stdin.read()), sys.stdout)
