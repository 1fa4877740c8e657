"""What a verdict is decided by: pure, from one message and its stated formats alone."""
