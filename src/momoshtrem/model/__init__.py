"""What the library is made of: values and names, no I/O."""
