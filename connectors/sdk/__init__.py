"""What a connector author needs, and all of ours that a connector may import."""
