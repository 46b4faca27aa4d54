"""What AWS does: tables and streams, Lambda's poller, and the way boto3 reaches them."""
