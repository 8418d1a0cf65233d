"""Which records are the same company: by domain, by name, by what sources say; every decision with its reason."""
