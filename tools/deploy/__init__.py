"""`make deploy`: what goes to AWS, how it gets there, and how it comes back."""
