"""Site servers as the centre's staff see them."""
