"""A toy connector that keeps every rule of the kit, and one flaw for each rule."""
