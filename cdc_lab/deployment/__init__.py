"""From a lab to an account: the template, the policies and the folder of what the lab ran, and back."""
