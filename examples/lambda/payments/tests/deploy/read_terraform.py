"""Reads the Terraform file on standard input, and prints the function in it as JSON."""

import json
import sys

import hcl2
from hcl2 import SerializationOptions

blocks = hcl2.loads(sys.stdin.read(), serialization_options=SerializationOptions(strip_string_quotes=True))
(function,) = [body for block in blocks["resource"] for kind, body in block.items() if kind == "aws_lambda_function"]
json.dump(function, sys.stdout)
