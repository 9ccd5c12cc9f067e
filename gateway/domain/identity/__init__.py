"""Identity: which of our nouns is it that a system speaks of?"""
