"""What a request may ask for: weighed before it is validated, costed before it runs.

refusal.py    RequestError: nothing has run
weigh.py      tokens, depth, fields, aliases, ... of the document as it is written
variables.py  how deep and how many the variables are
cost.py       points: about the objects that an operation may return (merge.py: its fields as the
              answer merges them; sizes.py: how long lists are; points.py: sums of products)
throttle.py   one leaky bucket a caller, in this process; shared.py: in Redis, for all
"""
