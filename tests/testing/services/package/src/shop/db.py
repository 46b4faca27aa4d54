"""Clients, and what is remembered, in a module of their own."""

import boto3

dynamodb = boto3.client("dynamodb")
seen = set()
