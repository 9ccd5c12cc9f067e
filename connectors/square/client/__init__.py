"""All that goes over the wire: `exchange` asks, `reader` pulls and fetches, `writer` commands."""
