"""Made-up people and companies over months, told by several sources in their own ways; of whom the truth is known."""
