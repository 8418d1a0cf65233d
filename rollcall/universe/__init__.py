"""What is known about companies, people and positions before anyone owns it."""
