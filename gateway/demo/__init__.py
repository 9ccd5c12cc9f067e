"""The demo: the product itself, over simulators of four systems, with shoppers who keep buying.

Nothing of the gateway is different here: the simulators speak their vendors' wire formats over
HTTP, and the gateway reads a configuration file that names them.
"""
