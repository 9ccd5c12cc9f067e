"""The use-cases behind mutations that act in other systems, by what they are about."""
