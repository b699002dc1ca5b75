"""Fills a server, and makes users with policies there: standard input says what, standard output answers.

    {"parameters": {NAME: VALUE}, "secrets": {NAME: VALUE}, "key": KEY, "policies": [DOCUMENT, …], "names": [NAME, …]}

A parameter with a KEY is a SecureString. With {"as": [KEY, SECRET], "secret": NAME,
"attempts": [CALL, …]} the calls are made by the owner of an access key. The answer has the ARNs of parameters, by the names that are asked for, and of secrets,
an access key for each policy, whose user has no other, and the calls that were allowed.
"""

import json
import sys
import uuid

import boto3
from botocore.exceptions import ClientError


def allowed(secrets, name, attempts):
    """The calls that were not denied."""
    for attempt in attempts:
        options = {"SecretString": "2"} if attempt == "put_secret_value" else {}
        try:
            getattr(secrets, attempt)(SecretId=name, **options)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error
        else:
            yield attempt


def main(endpoint, region):
    asked = json.load(sys.stdin)

    def client(service, key="test", secret="test"):
        options = {"endpoint_url": endpoint, "region_name": region}
        return boto3.client(service, aws_access_key_id=key, aws_secret_access_key=secret, **options)

    key = asked.get("key")
    ssm = client("ssm")
    for name, value in asked.get("parameters", {}).items():
        encrypted = {"Type": "SecureString", "KeyId": key} if key else {"Type": "String"}
        ssm.put_parameter(Name=name, Value=value, Overwrite=True, **encrypted)
    arns = {}
    names = asked.get("names", [])
    for at in range(0, len(names), 10):
        for parameter in ssm.get_parameters(Names=names[at : at + 10])["Parameters"]:
            arns[parameter["Name"]] = parameter["ARN"]
    secrets = client("secretsmanager")
    for name, value in asked.get("secrets", {}).items():
        encrypted = {"KmsKeyId": key} if key else {}
        arns[name] = secrets.create_secret(Name=name, SecretString=value, **encrypted)["ARN"]
    iam = client("iam")
    keys = []
    for policy in asked.get("policies", []):
        user = f"user-{uuid.uuid4()}"
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="policy", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=user)["AccessKey"]
        keys.append([made["AccessKeyId"], made["SecretAccessKey"]])
    caller = client("secretsmanager", *asked.get("as", []))
    calls = list(allowed(caller, asked.get("secret"), asked.get("attempts", [])))
    json.dump({"arns": arns, "keys": keys, "allowed": calls}, sys.stdout)


main(*sys.argv[1:])
