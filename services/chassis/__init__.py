"""What services stand on, not what they mean: a closed list, without a word of the domain."""
