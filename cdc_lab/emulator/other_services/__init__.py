"""moto, for what is not ours: the life of tables, and every service but DynamoDB, its streams and Lambda."""
