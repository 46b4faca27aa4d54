"""The README of a folder to deploy: what to type, in which order, and what the template leaves to you."""

from __future__ import annotations

from cdc_lab.deployment.alarms import OUTPUT
from cdc_lab.deployment.names import Names
from cdc_lab.deployment.template import Template, runtime

_LIMIT = 250  # MB; what code and layers may take, unzipped (Lambda's quota)
_PLATFORMS = {"x86_64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}


def readme(template: Template, zipped: int) -> str:
    """Return the README of a folder.

    Parameters
    ----------
    template : Template
    zipped : int
        Bytes of the folder's code as a zip.
    """
    python = runtime().removeprefix("python")
    functions = [one.name for one in template.world.functions]
    mappings = [f"`aws lambda list-event-source-mappings --function-name {name}`" for name in functions]
    logs = [f"`sam logs --cw-log-group /aws/lambda/{name} --tail`" for name in functions]
    names = [*template.world.tables, *template.world.queues, *template.world.buckets]
    return f"""# To deploy

This folder was written by `cdc-lab` from what a lab ran. It holds no emulator: {zipped / 1000:.0f} kB of
code as a zip. `sam build` adds the packages of `requirements.txt`; Lambda takes {_LIMIT} MB, unzipped.

## Before the first time

- You need the AWS CLI, the AWS SAM CLI, and credentials: `aws sts get-caller-identity` says whose they are.
- `sam build` needs Python {python} on this machine. Where there is Docker, `sam build --use-container` does
  without it.
- The template creates what it names, and the deployment fails where the account has it already:
  {", ".join(f"`{name}`" for name in names)}. For a table that is there, see below.
- The folder has the modules that your code imports by an `import` statement, and the files beside them that
  it names. Put in by hand what it finds in another way.

## Each time

The resources cost money.

1. `sam build` installs the packages for Lambda's platform ({template.architecture}, {runtime()}).
2. `sam deploy --guided` creates the stack. It asks for these, and keeps your answers in `samconfig.toml`;
   later `sam build && sam deploy` are enough.
   - Stack Name, AWS Region: of your choice.
{_parameters(template)}   - Allow SAM CLI IAM role creation: yes, each function has a role in the template.
3. `aws sns subscribe --topic-arn ARN --protocol email --notification-endpoint YOU` sends you the alarms.
   ARN is the output `{OUTPUT}` of step 2. Confirm the e-mail that comes.
4. The mapping is to have the State Enabled:
{_listed(mappings)}
5. Change one item, and look for its effect. This shows what the function does meanwhile:
{_listed(logs)}

`sam delete` takes the stack away. Tables, and queues and buckets with what was given up, stay. Delete them
yourself, or the next deployment fails at their names.

Without the SAM CLI, step 1 by hand. Packages with compiled parts, such as pydantic, must be those of
Lambda's platform:

    pip install -r requirements.txt --target package --platform {_PLATFORMS[template.architecture]} \\
        --implementation cp --python-version {python} --only-binary=:all:

## A table that is there already

Delete its resource from `template.yaml`. In the place of `!Ref` write its name, of `!GetAtt` its ARN, and
`${{...}}` in the same way. A table with a stream:
{_streams(template)}
## To replace a table

A new table has a new stream, with a new ARN. The mapping of this stack follows it and starts at its
StartingPosition: records of the old stream that were not yet read are not read any more. Stop the writers
first, and wait until the function has handled the last record. IteratorAge cannot tell: without records
it has no values.
"""


def _listed(lines: list[str]) -> str:
    return "\n".join(f"   - {line}" for line in lines)


def _parameters(template: Template) -> str:
    declared = template.document.get("Parameters", {})
    return "".join(
        f"   - `{name}`: {one['Description']}. Enter keeps {one['Default']:,}.\n"
        for name, one in declared.items()
    )


def _streams(template: Template) -> str:
    found = ""
    for name, logical_id in Names(template.world).tables.items():
        stream = template.world.tables[name].get("StreamSpecification", {})
        if stream.get("StreamEnabled"):
            found += f"""
- `{name}` needs the view type {stream["StreamViewType"]}. In the place of `!GetAtt {logical_id}.StreamArn`
  write what `aws dynamodb describe-table --table-name {name} --query Table.LatestStreamArn` prints. Is that
  null? Enable the stream: `aws dynamodb update-table --table-name {name} --stream-specification
  StreamEnabled=true,StreamViewType={stream["StreamViewType"]}`
"""
    return found
