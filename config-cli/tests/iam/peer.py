"""Writes values to a server that replaces AWS, and creates users with policies there. Standard input contains JSON:

    {"parameters": {NAME: VALUE}, "secrets": {NAME: VALUE}, "key": KMS_KEY, "policies": [DOCUMENT, …],
     "names": [NAME, …]}

With a KMS_KEY, each parameter is a SecureString, and each parameter and secret is encrypted with
this key. With {"as": [ACCESS_KEY_ID, SECRET_ACCESS_KEY], "secret": NAME, "attempts": [CALL, …]},
the script makes the calls on this secret with this access key.

Standard output contains the answer as JSON: the ARNs of the new secrets, and of the parameters in
"names"; for each policy, the access key of a user that has only this policy; and the calls that
were allowed.
"""

import json
import sys
import uuid

import boto3
from botocore.exceptions import ClientError


def allowed(secrets, name, attempts):
    """Yields the calls that were not denied."""
    for attempt in attempts:
        options = {"SecretString": "2"} if attempt == "put_secret_value" else {}
        try:
            getattr(secrets, attempt)(SecretId=name, **options)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error
        else:
            yield attempt


def main(endpoint, region):
    request = json.load(sys.stdin)

    def client(service, key="test", secret="test"):
        options = {"endpoint_url": endpoint, "region_name": region}
        return boto3.client(service, aws_access_key_id=key, aws_secret_access_key=secret, **options)

    key = request.get("key")
    ssm = client("ssm")
    for name, value in request.get("parameters", {}).items():
        encrypted = {"Type": "SecureString", "KeyId": key} if key else {"Type": "String"}
        ssm.put_parameter(Name=name, Value=value, Overwrite=True, **encrypted)
    arns = {}
    names = request.get("names", [])
    for start in range(0, len(names), 10):
        for parameter in ssm.get_parameters(Names=names[start : start + 10])["Parameters"]:
            arns[parameter["Name"]] = parameter["ARN"]
    secrets = client("secretsmanager")
    for name, value in request.get("secrets", {}).items():
        encrypted = {"KmsKeyId": key} if key else {}
        arns[name] = secrets.create_secret(Name=name, SecretString=value, **encrypted)["ARN"]
    iam = client("iam")
    keys = []
    for policy in request.get("policies", []):
        user = f"user-{uuid.uuid4()}"
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="policy", PolicyDocument=json.dumps(policy))
        created = iam.create_access_key(UserName=user)["AccessKey"]
        keys.append([created["AccessKeyId"], created["SecretAccessKey"]])
    caller = client("secretsmanager", *request.get("as", []))
    calls = list(allowed(caller, request.get("secret"), request.get("attempts", [])))
    json.dump({"arns": arns, "keys": keys, "allowed": calls}, sys.stdout)


main(*sys.argv[1:])
