"""The other ways out of a handler than boto3: HTTP calls are answered or refused, the rest is counted."""
