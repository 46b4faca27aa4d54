"""The part of IAM that the lab enforces: what policies allow, and which rights a call needs."""
