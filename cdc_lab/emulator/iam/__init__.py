"""IAM, enough to be true: what policies allow, and which action on which resource a call is."""
