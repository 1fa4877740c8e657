"""Where exports are kept, and the books as they are read for them."""
