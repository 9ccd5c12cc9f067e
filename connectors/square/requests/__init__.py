"""What is sent to Square. Pure: `reads`, `writes`, where a pull goes on (`checkpoint`), and which
step of a command comes next (`steps`)."""
