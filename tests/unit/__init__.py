"""Pure tests, by the folder of the code that they are about."""
