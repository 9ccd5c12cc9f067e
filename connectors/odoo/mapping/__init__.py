"""What Odoo's rows mean. Pure: rows in, records out."""
