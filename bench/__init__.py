"""How fast the service is, as its users meet it: `python -m bench`. README.md tells how to read the answer."""
