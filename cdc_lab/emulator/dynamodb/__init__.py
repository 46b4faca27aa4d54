"""DynamoDB's items: how calls read and write them, and what each call changed."""
