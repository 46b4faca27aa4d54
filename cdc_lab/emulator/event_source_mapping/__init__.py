"""Lambda's event source mapping between a DynamoDB stream and a function."""
