"""A function of its own folder, with a layer; another folder has modules of the same names."""

import os

import boto3
from common.records import key_of
from names import PREFIX

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    """Write a row for each record."""
    for record in event["Records"]:
        table.put_item(Item={"id": PREFIX + key_of(record)})


def losing(event, context):
    """Swallow what goes wrong: the record is lost."""
    for record in event["Records"]:
        try:
            table.put_item(Item={"id": PREFIX + key_of(record)})
        except Exception as error:
            print(error)
